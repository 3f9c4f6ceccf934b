"""Runs of the command line in Dagster's history: taken over once, closed where they died, few enough."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from pipeline import write_company

from orchestration.defs import history
from orchestration.defs.failing import COMMAND_LINE, STARTED_BY
from orchestration.defs.history import close_dead, leave, prepare_home, prune, take_over, under_way

JOB = "nightly"
KEYS = [dg.AssetKey(name) for name in ("landed", "published")]


@pytest.fixture
def company(tmp_path):
    return write_company(tmp_path)


@pytest.fixture
def server(company, monkeypatch):
    """The instance of the warehouse's own history, as a server opens it."""
    monkeypatch.setenv("DAGSTER_HOME", str(prepare_home(company)))
    with dg.DagsterInstance.get() as instance:
        yield instance


def definitions(fails: bool) -> dg.Definitions:
    @dg.multi_asset(specs=[dg.AssetSpec(KEYS[0])])
    def land():
        return dg.MaterializeResult(asset_key=KEYS[0])

    @dg.asset(key=KEYS[1], deps=[KEYS[0]])
    def publish() -> dg.MaterializeResult:
        if fails:
            raise dg.Failure("source/customers.csv: what is wrong\nand more")
        return dg.MaterializeResult(metadata={"MRR": 1250.5})

    @dg.asset_check(asset=KEYS[1])
    def gate() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    return dg.Definitions(
        assets=[land, publish],
        asset_checks=[gate],
        jobs=[dg.define_asset_job(JOB, executor_def=dg.in_process_executor)],
    )


def command_line(company, fails: bool = False) -> str:
    """A run of a terminal as `run_nightly` makes it; its id."""
    job = definitions(fails).resolve_job_def(JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        tags = {STARTED_BY: COMMAND_LINE}
        run_id = job.execute_in_process(instance=instance, tags=tags, raise_on_error=False).run_id
        leave(company, instance, run_id)
    return run_id


def test_a_run_of_the_command_line_is_in_the_history_with_its_figures_and_times(company, server):
    run_id = command_line(company)
    assert take_over(company, server) == 1
    record = server.get_run_record_by_id(run_id)
    assert record.dagster_run.status == dg.DagsterRunStatus.SUCCESS
    assert record.dagster_run.tags[STARTED_BY] == COMMAND_LINE
    assert 0 < record.end_time - record.start_time < 60
    assert abs(record.create_timestamp.timestamp() - record.start_time) < 60
    event = server.get_latest_materialization_event(KEYS[1])
    assert event.asset_materialization.metadata["MRR"].value == 1250.5
    assert server.get_job_snapshot(record.dagster_run.job_snapshot_id).name == JOB


def test_it_is_taken_over_once(company, server):
    command_line(company)
    assert (take_over(company, server), take_over(company, server)) == (1, 0)
    assert len(server.get_runs()) == 1


def test_a_failed_run_tells_its_cause_and_of_no_check_that_was_never_asked(company, server):
    run_id = command_line(company, fails=True)
    take_over(company, server)
    assert server.get_run_by_id(run_id).status == dg.DagsterRunStatus.FAILURE
    events = [event.dagster_event for event in server.all_logs(run_id) if event.dagster_event]
    (failed,) = [event for event in events if event.is_step_failure]
    said = failed.step_failure_data.user_failure_data.description
    assert said.splitlines()[0] == "source/customers.csv: what is wrong"
    assert not [event for event in events if event.event_type_value == "ASSET_CHECK_EVALUATION_PLANNED"]


def test_one_that_was_cut_short_is_taken_over_anew(company, server):
    run_id = command_line(company)
    (waiting,) = company.finished_runs.glob("*.json.gz")
    content = waiting.read_bytes()
    take_over(company, server)
    waiting.write_bytes(content)
    before = len(server.all_logs(run_id))
    take_over(company, server)
    assert len(server.all_logs(run_id)) == before and len(server.get_runs()) == 1


def test_without_a_server_only_the_newest_runs_wait(company, monkeypatch):
    monkeypatch.setattr(history, "_KEPT_FILES", 2)
    ids = [command_line(company) for _ in range(3)]
    waiting = {path.name.partition(".")[0] for path in company.finished_runs.glob("*.json.gz")}
    assert waiting == set(ids[1:])
    assert all(path.stat().st_mode & 0o077 == 0 for path in company.finished_runs.iterdir())


DIES = """
import os, sys
from pathlib import Path
from orchestration.defs.history import under_way
from orchestration.settings import load_company
with under_way(load_company(Path(sys.argv[1])), sys.argv[2]):
    os.kill(os.getpid(), 9)
"""
DEAD = "0" * 8 + "-0000-0000-0000-" + "0" * 12


def test_a_run_that_was_killed_does_not_stay_under_way(company, server):
    killed = subprocess.run([sys.executable, "-c", DIES, company.path, DEAD], env=os.environ, check=False)
    assert killed.returncode == -9
    assert close_dead(company, server, JOB) == 1
    assert server.get_run_by_id(DEAD).status == dg.DagsterRunStatus.FAILURE
    last = [event.message for event in server.all_logs(DEAD)][-1]
    assert "ended without a word" in last
    assert close_dead(company, server, JOB) == 0


def test_a_servers_own_run_that_was_killed_fails_too(company, server):
    run = dg.DagsterRun(job_name=JOB, run_id=DEAD, status=dg.DagsterRunStatus.STARTED)
    server.add_run(run)
    company.finished_runs.mkdir(parents=True)
    (company.finished_runs / f"{DEAD}.begun").write_text("{}")
    assert close_dead(company, server, JOB) == 1
    assert server.get_run_by_id(DEAD).status == dg.DagsterRunStatus.FAILURE


def test_one_that_can_not_be_read_stops_none_of_the_others(company, server):
    company.finished_runs.mkdir(parents=True)
    (company.finished_runs / "torn.json.gz").write_bytes(b"no gzip")
    os.utime(company.finished_runs / "torn.json.gz", (1, 1))
    command_line(company)
    with pytest.raises(OSError, match="gzip"):
        take_over(company, server)
    assert take_over(company, server) == 1


def test_a_run_that_failed_leaves_no_mark_of_one_that_was_killed(company):
    with pytest.raises(ValueError, match="broken"), under_way(company, DEAD):
        raise ValueError("broken")
    assert not list(company.finished_runs.iterdir())


def test_a_run_under_way_is_left_alone(company, server):
    with under_way(company, DEAD):
        assert close_dead(company, server, JOB) == 0
    assert not list(company.finished_runs.iterdir())


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_the_history_keeps_its_last_runs_and_grows_no_further(company, server, monkeypatch):
    monkeypatch.setattr(history, "KEPT_RUNS", 2)
    sizes = []
    for _ in range(5):
        command_line(company)
        take_over(company, server)
        prune(company, server)
        sizes.append(size(company.own_dagster_home))
    kept = {run.run_id for run in server.get_runs()}
    assert len(kept) == 2
    assert {path.stem for path in (company.own_dagster_home / "history" / "runs").glob("*-*.db")} == kept
    assert sizes[-1] <= sizes[2] * 1.02


def test_a_history_that_the_environment_names_is_somebody_elses_to_prune(company, tmp_path, monkeypatch):
    home = tmp_path / "theirs"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setattr(history, "KEPT_RUNS", 0)
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    assert prepare_home(company) == home
    assert (home / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"
    with dg.DagsterInstance.get() as instance:
        command_line(company)
        take_over(company, instance)
        assert prune(company, instance) == 0
        assert len(instance.get_runs()) == 1
