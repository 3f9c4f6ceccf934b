"""`kill -9` while publishing: the live file is always whole, and the next publication succeeds."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from publish.conftest import CLASSES

from orchestration.machine.duckdb_files import open_published
from orchestration.publish.live import live_release
from orchestration.publish.manifest import read_manifests

PUBLISHER = """
import json
import sys
from pathlib import Path
from orchestration.publish.release import Facts, publish
from orchestration.settings import load_company

company = load_company(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(1000):
    run_id = f"{int(sys.argv[2]) + number:08d}" + "0" * 24
    publish(company, Facts(run_id, {}, json.loads(sys.argv[3]), {}))
"""


@pytest.mark.slow
def test_fifty_killed_publications_leave_the_live_file_whole(company, build, release):
    build(7)
    release(7)
    chance = random.Random(20251121)
    for attempt in range(50):
        command = [sys.executable, "-c", PUBLISHER, str(company.path), str(1000 * (attempt + 1))]
        command.append(json.dumps(CLASSES))
        publisher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert publisher.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0, 0.4))
        os.kill(publisher.pid, signal.SIGKILL)
        publisher.wait()
        with open_published(company.published_file) as connection:
            told = connection.execute(
                "select closing_mrr, (select max_by(row_counts, published_at) from audit.releases) "
                "from marts.fct_mrr_monthly"
            ).fetchall()
        assert told == [(7, '{"fct_mrr_monthly": 1}')]
        assert live_release(company) in {manifest.release_id for manifest in read_manifests(company)}
    last = release(7, day=2)
    assert live_release(company) == last
    left = {path.name for path in Path(company.work).iterdir()}
    assert left <= {"build.duckdb", "run.lock", "tmp"}
