"""How a run ended, for whoever did not watch it: outcome, cause and alerts, without a customer in it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from orchestration.alerts.alert import Alert, instant, one_line, verb
from orchestration.alerts.health import LastRun, Outcome, Record, read_record, write_record
from orchestration.alerts.tell import Told, tell
from orchestration.closes.told import restated
from orchestration.errors import (
    ConfigurationError,
    DamagedFile,
    DataRefused,
    DiskFull,
    EngineFailed,
    GateFailed,
    PublishRefused,
    RunLocked,
    Unusable,
)
from orchestration.machine.duckdb_files import open_published
from orchestration.publish.keep import release_in_force
from orchestration.run.steps import Run
from orchestration.settings.alerts import Event

# What these say is of files, folders and settings; others may quote a value of an extract.
_OF_FILES = (
    ConfigurationError,
    RunLocked,
    DiskFull,
    EngineFailed,
    Unusable,
    PublishRefused,
    DamagedFile,
)
_MOST_NAMES = 10


def outcome_of(run: Run) -> Outcome:
    """What became of a run that has ended; refused is what the data is at fault for."""
    if run.release:
        return "published_with_warnings" if _warnings(run) else "published"
    refused = isinstance(run.failure, DataRefused) or any(report.blocking for report in run.reports)
    broken = isinstance(run.failure, GateFailed) and run.failure.sentences
    return "refused" if refused or broken else "failed"


def cause_of(run: Run) -> str:
    """Why it ended as it did, in one line that quotes no value of an extract; empty where all is well."""
    if run.release:
        return _warnings(run)
    if refused := [f"{one.source_name}/{one.file}" for one in run.deliveries if one.refused]:
        return f"files were refused: {_names(refused)}"
    for report in run.reports:
        if report.blocking:
            return f"the {report.gate} gate: {_names([result.rule.name for result in report.blocking])}"
    if failed := [node.name for node in run.nodes if node.failed]:
        return f"models failed: {_names(failed)}"
    where = f"step {run.stopped_at or run.times[-1].step}"
    if isinstance(run.failure, _OF_FILES):
        return f"{where}: {one_line(str(run.failure))}"
    return f"{where}: {type(run.failure).__name__ if run.failure else 'it was broken off'}"


def end(run: Run, quality_page: str) -> tuple[Told, ...]:
    """Write the dead man's file and tell whoever wants to know; how each receiver took it.

    Neither a full disk nor a receiver that is down is an error here: the run's own says what is wrong.
    """
    before = read_record(run.company)
    alerts = _of_the_killed(run)
    after = replace(before, under_way=None)
    # Else it did some steps of a whole run, as Dagster can be asked to.
    if run.release or run.stopped_at or run.failure:
        last = _last_run(run, quality_page)
        after = Record(last, None, _restated(run) if run.release else before.restated)
        alerts += _of_the_outcome(run, last)
        if after.restated and after.restated != before.restated:
            read = f"read {verb('diff', run.company.path)}"
            alerts.append(_alert(run, last, "restated", after.restated, read))
    with suppress(OSError):
        write_record(run.company, after)
    return tell(run.company, alerts)


def _last_run(run: Run, quality_page: str) -> LastRun:
    ended_at = instant(datetime.now(UTC))
    return LastRun(run.run_id, instant(run.as_of), ended_at, outcome_of(run), cause_of(run), quality_page)


def _of_the_killed(run: Run) -> list[Alert]:
    """The run before this one, where it was killed and so could tell nobody."""
    if run.killed is None:
        return []
    cause = f"the run that began at {run.killed.began_at} was killed, or could not say how it ended"
    release = release_in_force(run.company)
    return [
        Alert(
            event="failed",
            company=run.company.name,
            at=instant(datetime.now(UTC)),
            as_of=run.killed.as_of,
            cause=cause,
            release=release.release_id if release else "",
            what_to_do="nothing, this run went on from there; look for what killed it (memory, a restart)",
            run_id=run.killed.run_id,
        )
    ]


def _of_the_outcome(run: Run, last: LastRun) -> list[Alert]:
    what_to_do = {
        "failed": "docs/operations.md says what to do for each error; then run again",
        "refused": f"read the quality page and {verb('rejects', run.company.path)}, mend it and run again",
        "published_with_warnings": "read the quality page",
    }
    if last.outcome == "published":
        return []
    return [_alert(run, last, last.outcome, last.cause, what_to_do[last.outcome])]


def _alert(run: Run, last: LastRun, event: Event, cause: str, what_to_do: str) -> Alert:
    release = run.release or release_in_force(run.company)
    return Alert(
        event=event,
        company=run.company.name,
        at=last.ended_at,
        as_of=last.as_of,
        cause=cause,
        release=release.release_id if release else "",
        what_to_do=what_to_do,
        run_id=run.run_id,
        quality_page=last.quality_page,
    )


def _warnings(run: Run) -> str:
    """Which rules warn, or how many where this process did not check them, and how many notices do."""
    rules = sum(gate["warnings"] for gate in run.release.gates.values()) if run.release else 0
    notices = sum(notice.is_warning for notice in run.notices)
    named = [result.rule.name for report in run.reports for result in report.broken]
    said = [f"rules that warn: {_names(named) if named else rules}"] if rules else []
    return "; ".join(said + ([f"notices that warn: {notices}"] if notices else []))


def _restated(run: Run) -> str:
    with open_published(run.company.published_file, run.company.limits) as connection:
        return restated(connection, run.company.reporting_currency)


def _names(names: Sequence[str]) -> str:
    """Names, each once; of many the first and how many more."""
    each = list(dict.fromkeys(names))
    more = f" and {len(each) - _MOST_NAMES} more" if len(each) > _MOST_NAMES else ""
    return ", ".join(each[:_MOST_NAMES]) + more
