"""`kill -9` of a whole run at fifty moments: readers never notice, and the next run makes up for all."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from pipeline import SAMPLE_AS_OF

from orchestration.machine.duckdb_files import open_published
from orchestration.publish.copying import count_rows, tables
from orchestration.publish.live import live_release
from orchestration.publish.manifest import find_manifest
from orchestration.settings import SAMPLE_COMPANY, Company, load_company

pytestmark = pytest.mark.slow

ROUNDS, KILLS = 5, 10
MORE_SEATS = {
    "customers": [],
    "subscriptions": [],
    "subscription_items": [
        "s-alder,seats,2025-07-01T10:00:00Z,,active,team-month-eur,team,Team,EUR,29.00,9,per_unit,licensed,month,1\n"
    ],
}
TOMORROW = (SAMPLE_AS_OF + timedelta(days=1)).isoformat()


def _company_after_a_day(folder: Path, yesterday: Path) -> Company:
    """The sample as it was published, and the extracts of the next day: more seats, one customer gone."""
    shutil.copytree(SAMPLE_COMPANY.parent / "extracts", folder / "extracts")
    for table in ("customers", "subscriptions", "subscription_items"):
        file = folder / "extracts" / "canonical" / f"{table}.csv"
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if "dogwood" not in line]
        assert len(kept) < len(lines)
        file.write_text("".join(kept + MORE_SEATS[table]), encoding="utf-8")
    settings = SAMPLE_COMPANY.read_text(encoding="utf-8").replace("../build/sample", "warehouse")
    (folder / "company.yml").write_text(settings, encoding="utf-8")
    shutil.copytree(yesterday, folder / "warehouse")
    return load_company(folder / "company.yml")


def _start(company: Company) -> subprocess.Popen[bytes]:
    verb = Path(sys.executable).with_name("saas-metrics")
    command = [verb, "run", "--company", company.path, "--as-of", TOMORROW]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)


def _assert_whole(company: Company) -> None:
    release = live_release(company)
    assert release is not None
    with open_published(company.published_file) as connection:
        rows = {name: count_rows(connection, "marts", name) for name in tables(connection, "marts")}
        told = connection.execute("select max_by(release_id, published_at) from audit.releases").fetchone()
    assert told == (release,)
    assert rows == find_manifest(company, release).row_counts


def _assert_equal(left: Path, right: Path) -> None:
    with duckdb.connect() as connection:
        for name, path in (("ours", left), ("theirs", right)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        found = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'theirs' and schema_name = 'marts'"
        ).fetchall()
        assert found
        for (name,) in found:
            for one, other in (("ours", "theirs"), ("theirs", "ours")):
                only = f"select * from {one}.marts.{name} except all select * from {other}.marts.{name}"
                assert connection.execute(only).fetchall() == [], f"{name}: rows that only {one} has"


def test_fifty_killed_runs_cost_nothing_but_time(sample: Company, tmp_path: Path):
    chance = random.Random(20251121)
    undisturbed = _company_after_a_day(tmp_path / "undisturbed", sample.warehouse)
    began = time.perf_counter()
    assert _start(undisturbed).wait() == 0
    seconds = time.perf_counter() - began
    for number in range(ROUNDS):
        company = _company_after_a_day(tmp_path / f"round-{number}", sample.warehouse)
        for _ in range(KILLS):
            run = _start(company)
            time.sleep(chance.uniform(0, seconds))
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            _assert_whole(company)
        assert _start(company).wait() == 0
        _assert_whole(company)
        _assert_equal(company.published_file, undisturbed.published_file)
