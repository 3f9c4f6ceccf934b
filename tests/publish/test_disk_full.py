"""A disk that fills up, a real one: yesterday stays, the sentence says so, the next run is whole."""

import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pipeline import SAMPLE_AS_OF

from orchestration.settings import SAMPLE_COMPANY, Company, load_company

pytestmark = pytest.mark.slow

# Runs in a mount namespace of its own, where anybody may mount; all that is mounted there ends with it.
NIGHT_ON_A_SMALL_DISK = """
import json, os, shutil, subprocess, sys
from datetime import datetime
from pathlib import Path

from orchestration.errors import SaasMetricsError
from orchestration.run.steps import Run
from orchestration.settings import load_company
from orchestration.machine.duckdb_files import open_published
from orchestration.publish import release

company_file, seed, full_before, as_of = sys.argv[1:]
company = load_company(Path(company_file))
disk = company.warehouse
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", disk], check=True)
shutil.copytree(seed, disk, dirs_exist_ok=True)
ballast = disk / "ballast"


def fill():
    room = os.statvfs(disk)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(room.f_bavail * room.f_frsize - 65536, 1))


def copy_on_a_full_disk(*given):
    # Opening the build file gives back room in it, so the disk is filled after that.
    fill()
    copy(*given)


copy = release.copy_open


def run(full_before=None):
    tonight = Run(company, datetime.fromisoformat(as_of))
    steps = {
        "land": tonight.land,
        "raw gate": lambda: tonight.check("raw"),
        "build": tonight.build,
        "mart gate": lambda: tonight.check("marts"),
        "publish": tonight.publish,
    }
    for name, step in steps.items():
        if name == full_before == "publish":
            release.copy_open = copy_on_a_full_disk
        elif name == full_before:
            fill()
        step()


def published():
    with open_published(company.published_file) as connection:
        months = connection.execute(
            "select period_month::varchar, closing_mrr::varchar from marts.fct_mrr_monthly "
            "where segment_type = 'all' order by 1"
        ).fetchall()
        return [months, connection.execute("select count(*) from audit.releases").fetchone()[0]]


told = {}
told["before"] = published()
if full_before == "start":
    fill()
    verb = Path(sys.executable).with_name("saas-metrics")
    command = [verb, "run", "--company", company_file, "--as-of", as_of]
    done = subprocess.run(command, capture_output=True, text=True)
    told["refusal"], told["exit"] = done.stdout + done.stderr, done.returncode
else:
    try:
        run(full_before)
    except SaasMetricsError as error:
        told["refusal"], told["exit"] = str(error), error.exit_code
told["after"] = published()
ballast.unlink()
release.copy_open = copy
run()
told["next"] = published()
print(json.dumps(told))
"""


@pytest.mark.parametrize("full_before", ["start", "build", "publish"])
def test_a_full_disk_leaves_yesterday_in_force(full_before, sample: Company, tmp_path: Path):
    shutil.copytree(SAMPLE_COMPANY.parent / "extracts", tmp_path / "extracts")
    settings = SAMPLE_COMPANY.read_text(encoding="utf-8").replace("../build/sample", "warehouse")
    (tmp_path / "company.yml").write_text(settings, encoding="utf-8")
    company = load_company(tmp_path / "company.yml")
    company.warehouse.mkdir()
    tomorrow = (SAMPLE_AS_OF + timedelta(days=1)).isoformat()
    command = ["unshare", "--mount", "--map-root-user", sys.executable, "-c", NIGHT_ON_A_SMALL_DISK]
    done = subprocess.run(
        [*command, str(company.path), str(sample.warehouse), full_before, tomorrow],
        capture_output=True,
        text=True,
    )
    if done.returncode and "unshare:" in done.stderr:
        pytest.skip(f"this system lets nobody make a mount namespace: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["exit"] == 1
    assert "make room on the disk" in told["refusal"]
    assert "esterday's warehouse stays" in told["refusal"]
    assert "Traceback" not in told["refusal"]
    assert told["after"] == told["before"]
    assert told["next"][1] == told["before"][1] + 1
