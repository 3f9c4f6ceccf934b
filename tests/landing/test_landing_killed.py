"""A landing that is killed at any moment leaves all of its delivery or nothing, and the next run ends it."""

import random
import signal
import subprocess
import sys
import time

import duckdb
import pytest

ROWS = 60_000
CHILD = """
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
import duckdb
from orchestration.landing import land
folder = Path(sys.argv[1])
source = SimpleNamespace(name="crm", mapping="canonical", options={}, labels={})
company = SimpleNamespace(path=folder, extracts=folder / "extracts", reporting_timezone="UTC",
    accepted_drops=frozenset(), max_unfolded=10**9, sources=[source])
with duckdb.connect(str(folder / "build.duckdb")) as connection:
    print("begun", flush=True)
    land(connection, company, datetime(2025, 7, 1))
"""


def start(folder):
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"begun\n"
    return child


def landed(folder):
    """Rows of both tables and rows of the record; a table may not exist yet."""
    counts = []
    with duckdb.connect(str(folder / "build.duckdb")) as connection:
        for table in ("raw.customers", "raw.crm_accounts", "audit.deliveries"):
            try:
                counts += connection.execute(f"select count(*) from {table}").fetchall()[0]
            except duckdb.CatalogException:
                counts.append(0)
    return tuple(counts)


@pytest.mark.slow
def test_a_killed_landing_leaves_all_or_nothing(tmp_path):
    source = tmp_path / "extracts" / "crm"
    source.mkdir(parents=True)
    for table, header in (("customers", "customer_id,name"), ("crm_accounts", "crm_account_id,name")):
        lines = "".join(f"{number},Name {number}\n" for number in range(ROWS))
        (source / f"{table}.csv").write_text(f"{header}\n{lines}")
    began = time.perf_counter()
    whole = start(tmp_path)
    assert whole.wait() == 0
    seconds = time.perf_counter() - began
    assert landed(tmp_path) == (ROWS, ROWS, 2)

    chance, seen = random.Random(4711), set()
    for _ in range(8):
        (tmp_path / "build.duckdb").unlink()
        child = start(tmp_path)
        time.sleep(chance.uniform(0, seconds))
        child.send_signal(signal.SIGKILL)
        child.wait()
        left = landed(tmp_path)
        assert left in {(0, 0, 0), (ROWS, ROWS, 2)}
        seen.add(left)
        assert start(tmp_path).wait() == 0
        assert landed(tmp_path) == (ROWS, ROWS, 2)
        (tmp_path / "build.duckdb.wal").unlink(missing_ok=True)
    assert (0, 0, 0) in seen


def test_what_a_killed_landing_left_is_swept_at_the_next_start(landing):
    landing.source("crm")
    left = landing.path.parent / "landing" / "left.txt"
    left.parent.mkdir()
    left.write_text("a plain copy of a file that was being read")
    landing.put("crm", "customers.csv", "customer_id,name\n1,Ada\n")
    landing.run()
    assert landing.rows("select count(*) from raw.customers") == [(1,)]
    assert not left.parent.exists()
