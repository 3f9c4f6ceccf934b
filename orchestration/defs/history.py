"""Runs of the command line in Dagster's history, and that history kept small.

Dagster writes some nine hundred events a run, each in a transaction of its own: seven CPU seconds that no run
of the command line has to spare. It keeps its events in memory, leaves those that tell something in one small
file, and a server takes that over, where there is one. So a history costs a run 0.2 CPU seconds.
"""

import gzip
import json
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from orchestration.defs.failing import COMMAND_LINE, STARTED_BY
from orchestration.defs.standing_checks import say_again
from orchestration.errors import RunLocked
from orchestration.machine.disk import private_files, private_folder, room_on
from orchestration.machine.lock import exclusive
from orchestration.run.steps import Run
from orchestration.settings import Company

CONFIGURATION = Path(__file__).with_name("dagster.yaml")
KEPT_RUNS = 90
"""Runs of each job that the warehouse's own history keeps: 4 MB each that a server ran, 1.5 MB others."""
_KEPT_FILES = 60
"""Finished runs of the command line that wait for a server, at most: 60 kB each."""
_AT_ONCE = 3
"""Runs that are taken over at a time: a sensor has a minute, and each takes some four seconds."""
_TOLD_BY_OTHERS = {
    "STEP_OUTPUT",
    "ASSET_MATERIALIZATION_PLANNED",
    # Of a check that was never asked it would say that it failed.
    "ASSET_CHECK_EVALUATION_PLANNED",
}
_RUN, _BEGUN = ".json.gz", ".begun"
_DIED = (
    "The process of this run ended without a word: it was killed, or its machine stopped. What was published "
    "before is still in force; the next run begins where it has to."
)


def prepare_home(company: Company) -> Path:
    """The folder of Dagster's history, with its configuration; one that the environment names has its own."""
    home = company.dagster_home
    if home == company.own_dagster_home:
        private_folder(company.work)
        private_folder(home)
    home.mkdir(parents=True, exist_ok=True)
    target = home / CONFIGURATION.name
    if home == company.own_dagster_home or not target.exists():
        target.write_text(CONFIGURATION.read_text(encoding="utf-8"), encoding="utf-8")
    return home


def dagster_id(run: Run) -> str:
    """The id of a run as Dagster writes it: the same one, with hyphens."""
    return str(uuid.UUID(run.run_id))


@contextmanager
def under_way(company: Company, run_id: str) -> Iterator[None]:
    """Whatever becomes of this process, the history learns that the run is over."""
    marker = private_folder(company.finished_runs) / f"{run_id}{_BEGUN}"
    with exclusive(marker):
        try:
            yield
        finally:
            marker.unlink(missing_ok=True)


def leave(company: Company, instance: dg.DagsterInstance, run_id: str) -> None:
    """Leave a finished run of this process for a server; only the newest of them stay.

    Raises DiskFull or Unusable, as whatever writes.
    """
    run = instance.get_run_by_id(run_id)
    if run is None or run.job_snapshot_id is None or run.execution_plan_snapshot_id is None:
        return
    content = {
        "run": dg.serialize_value(run),
        "job": dg.serialize_value(instance.get_job_snapshot(run.job_snapshot_id)),
        "plan": dg.serialize_value(instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)),
        "events": [dg.serialize_value(event) for event in instance.all_logs(run_id) if _tells(event)],
    }
    folder = private_folder(company.finished_runs)
    part = folder / f".{run_id}.part"
    with private_files(), room_on(folder):
        part.write_bytes(gzip.compress(json.dumps(content).encode(), compresslevel=3))
        part.replace(folder / f"{run_id}{_RUN}")
        for old in _waiting(company)[:-_KEPT_FILES]:
            old.unlink(missing_ok=True)


def _tells(event: dg.EventLogEntry) -> bool:
    told = event.dagster_event
    return told is not None and told.event_type_value not in _TOLD_BY_OTHERS


def _waiting(company: Company) -> list[Path]:
    """The finished runs that no server has taken over, oldest first."""
    return sorted(company.finished_runs.glob(f"*{_RUN}"), key=lambda path: path.stat().st_mtime_ns)


def take_over(company: Company, instance: dg.DagsterInstance) -> int:
    """Bring some of the waiting runs into the history; how many."""
    taken = _waiting(company)[:_AT_ONCE]
    for path in taken:
        try:
            _take_over(json.loads(gzip.decompress(path.read_bytes())), instance)
        finally:
            # One that an earlier version left and nobody can read stops none of the others.
            path.unlink()
    return len(taken)


def _take_over(content: dict[str, str | list[str]], instance: dg.DagsterInstance) -> None:
    run = dg.deserialize_value(str(content["run"]), dg.DagsterRun)
    events = [dg.deserialize_value(text, dg.EventLogEntry) for text in content["events"]]
    if instance.has_run(run.run_id):
        # One that was cut short.
        instance.delete_run(run.run_id)
    for name, snapshot_id in (("job", run.job_snapshot_id), ("plan", run.execution_plan_snapshot_id)):
        if not instance.has_snapshot(str(snapshot_id)):
            instance.add_snapshot(dg.deserialize_value(str(content[name])))  # type: ignore[arg-type]
    begun = datetime.fromtimestamp(events[0].timestamp, UTC)
    instance.run_storage.add_historical_run(run.with_status(dg.DagsterRunStatus.STARTED), begun)
    for event in events:
        instance.handle_new_event(event)


def close_dead(company: Company, instance: dg.DagsterInstance, job: str) -> int:
    """Say of each run whose process is gone that it failed; how many were."""
    dead = 0
    for marker in sorted(company.finished_runs.glob(f"*{_BEGUN}")):
        begun = datetime.fromtimestamp(marker.stat().st_mtime, UTC)
        try:
            with exclusive(marker):
                dead += _close(marker.name.removesuffix(_BEGUN), begun, instance, job)
                marker.unlink()
        except RunLocked:
            continue
    return dead


def _close(run_id: str, begun: datetime, instance: dg.DagsterInstance, job: str) -> int:
    run = instance.get_run_by_id(run_id)
    if run is not None and run.is_finished:
        return 0
    if run is None:
        tags = {STARTED_BY: COMMAND_LINE}
        run = dg.DagsterRun(job_name=job, run_id=run_id, status=dg.DagsterRunStatus.STARTED, tags=tags)
        instance.run_storage.add_historical_run(run, begun)
    instance.report_run_failed(run, _DIED)
    return 1


def prune(company: Company, instance: dg.DagsterInstance) -> int:
    """Drop the oldest runs of each job of the warehouse's own history, with events and logs; how many.

    A history that the environment names belongs to somebody else, who decides what it keeps.
    """
    home = company.own_dagster_home
    if Path(instance.root_directory) != home:
        return 0
    dropped = 0
    seen: Counter[str] = Counter()
    for run in (record.dagster_run for record in instance.get_run_records()):
        seen[run.job_name] += 1
        if seen[run.job_name] > KEPT_RUNS and run.is_finished:
            instance.delete_run(run.run_id)
            # Dagster empties both and leaves them.
            shutil.rmtree(home / "storage" / run.run_id, ignore_errors=True)
            for left in (home / "history" / "runs").glob(f"{run.run_id}.db*"):
                left.unlink(missing_ok=True)
            dropped += 1
    return dropped


def history_sensor(company: Company, job: str, checks: Sequence[dg.AssetCheckKey]) -> dg.SensorDefinition:
    """Takes over what the command line ran, says what died or was not asked, and drops what is old."""

    @dg.sensor(
        name="keep_history",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Brings runs of the command line into this history, closes runs whose process was "
        f"killed, lets verdicts stand that a failed run did not come to, keeps the last {KEPT_RUNS} runs.",
    )
    def keep_history(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        taken = take_over(company, context.instance)
        dead = close_dead(company, context.instance, job)
        stand = say_again(context.instance, checks)
        dropped = prune(company, context.instance)
        return dg.SkipReason(
            f"{taken} runs taken over, {dead} found dead, {dropped} old ones dropped; {stand} verdicts stand."
        )

    return keep_history
