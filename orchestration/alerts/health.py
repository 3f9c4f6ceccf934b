"""The dead man's file: how the last run ended, what is published, and whether a run came when it was due."""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from croniter import croniter

from orchestration.alerts.alert import Alert, instant, verb
from orchestration.alerts.tell import Told, log_of, tell
from orchestration.machine.disk import replace_text
from orchestration.publish.keep import release_in_force
from orchestration.publish.manifest import ReleaseManifest
from orchestration.settings import Company

Outcome = Literal["published", "published_with_warnings", "refused", "failed"]
Verdict = Literal[
    "published", "published_with_warnings", "refused", "failed", "overdue", "never_ran", "unusable"
]
_CODES: dict[Verdict, int] = {
    "published": 0,
    "published_with_warnings": 0,
    "refused": 1,
    "failed": 1,
    "overdue": 1,
    "never_ran": 2,
    "unusable": 2,
}


@dataclass(frozen=True)
class Begun:
    """A run that has begun; instants are ISO text in UTC."""

    run_id: str
    as_of: str
    began_at: str


@dataclass(frozen=True)
class LastRun:
    """A run that has ended; instants are ISO text in UTC."""

    run_id: str
    as_of: str
    ended_at: str
    outcome: Outcome
    cause: str = ""
    """One line; empty where there is nothing to say."""
    quality_page: str = ""


@dataclass(frozen=True)
class Record:
    """What the file holds."""

    last_run: LastRun | None = None
    under_way: Begun | None = None
    """It stays for ever of a run that was killed, until the next one begins."""
    restated: str = ""
    """What the last published run said of closed months."""


def read_record(company: Company) -> Record:
    """What the file says; nothing where none can be read: the next run writes it anew."""
    try:
        content = json.loads(company.health_file.read_text(encoding="utf-8"))
        last, under_way = content["last_run"], content["under_way"]
        return Record(
            LastRun(**last) if last else None,
            Begun(**under_way) if under_way else None,
            str(content["restated"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return Record()


def write_record(company: Company, record: Record) -> None:
    """Write the file whole, with what is published beside it. Raises OSError on a full disk."""
    release = release_in_force(company)
    content = {
        "company": company.name,
        "written_at": instant(datetime.now(UTC)),
        "release": _told_release(release) if release else None,
        **asdict(record),
    }
    path = company.health_file
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path.with_name(f".{path.name}.part"), path, f"{json.dumps(content, indent=1)}\n")


def begin(company: Company, run_id: str, as_of: datetime) -> Begun | None:
    """Record that a run has begun. The run before it, where that one never ended: it was killed."""
    record = read_record(company)
    begun = Begun(run_id, instant(as_of), instant(datetime.now(UTC)))
    write_record(company, replace(record, under_way=begun))
    return record.under_way


@dataclass(frozen=True)
class Health:
    """The state of a warehouse at an instant."""

    company: str
    verdict: Verdict
    release: str
    """The release in force; empty where nothing is published."""
    figures_of: str
    """The instant of the published figures."""
    age_hours: float | None
    last_run: LastRun | None
    under_way: Begun | None
    overdue_since: str
    """The instant at which a run was due that did not come; empty where none is missing."""
    says: str
    """The verdict in words."""

    @property
    def exit_code(self) -> int:
        """0 published and in time, 1 overdue, refused or failed, 2 nothing to read."""
        return _CODES[self.verdict]

    def as_json(self) -> dict[str, Any]:
        """Every field, and the exit code."""
        return asdict(self) | {"exit_code": self.exit_code}


def look(company: Company, now: datetime, max_age_hours: int | None = None) -> Health:
    """The state of a warehouse; reads only, and waits for no run. `max_age_hours` overrides the setting."""
    # Asked twice, because a run may publish between a look at the releases and one at the link.
    record, release = read_record(company), release_in_force(company) or release_in_force(company)
    max_age_hours = max_age_hours or company.health.max_age_hours
    at = datetime.fromisoformat(release.as_of).replace(tzinfo=UTC) if release else None
    since = _overdue_since(company, now, at, record.last_run, max_age_hours)
    verdict = _verdict(company, release, record.last_run, since)
    age = (now - at).total_seconds() / 3600 if at else None
    return Health(
        company.name,
        verdict,
        release.release_id if release else "",
        instant(at) if at else "",
        None if age is None else round(age, 1),
        record.last_run,
        record.under_way,
        instant(since) if since else "",
        _words(verdict, record, since, max_age_hours, company),
    )


def watch(
    company: Company, now: datetime, max_age_hours: int | None = None
) -> tuple[Health, tuple[Told, ...]]:
    """Look, and tell that no run came: once for each run that was due, again while nobody has taken it."""
    health = look(company, now, max_age_hours)
    if not health.overdue_since or any(_is_of(told, health) for told in log_of(company)):
        return health, ()
    alert = Alert(
        event="did_not_run",
        company=company.name,
        at=instant(datetime.now(UTC)),
        as_of=health.overdue_since,
        cause=health.says,
        release=health.release,
        what_to_do=(
            "see whether the machine, the timer or Dagster's daemon is up (docs/operations.md), then "
            f"{verb('run', company.path)}"
        ),
    )
    return health, tell(company, [alert])


def _is_of(told: Told, health: Health) -> bool:
    return told.event == "did_not_run" and told.as_of == health.overdue_since and not told.failure


def _told_release(release: ReleaseManifest) -> dict[str, Any]:
    return {
        "release_id": release.release_id,
        "as_of": instant(datetime.fromisoformat(release.as_of)),
        "published_at": instant(datetime.fromisoformat(release.published_at)),
        "warnings": sum(gate["warnings"] for gate in release.gates.values()),
    }


def _overdue_since(
    company: Company, now: datetime, at: datetime | None, last: LastRun | None, max_age_hours: int | None
) -> datetime | None:
    """When a run was due that did not come: by the age of the figures if one is set, else by schedule."""
    if max_age_hours is not None:
        age = timedelta(hours=max_age_hours)
        # Each further such time is another run that did not come.
        return at + (now - at) // age * age if at and now - at > age else None
    grace = timedelta(hours=company.health.grace_hours)
    local = (now - grace).astimezone(ZoneInfo(company.reporting_timezone))
    due: datetime = croniter(company.schedule.cron, local).get_prev(datetime)
    ran = _ran(last, now) if last else at
    # A timer of another clock may be a little early.
    return due.astimezone(UTC) if ran is None or ran < due - grace else None


def _ran(last: LastRun, now: datetime) -> datetime:
    """When the last run came: its instant may lie well before that, as the beginning of its day."""
    ended = datetime.fromisoformat(last.ended_at)
    as_of = datetime.fromisoformat(last.as_of)
    # Where days are played, `now` is one of them, and what this machine's clock said lies after it.
    return max(as_of, ended) if ended <= now else as_of


def _verdict(
    company: Company, release: ReleaseManifest | None, last: LastRun | None, since: datetime | None
) -> Verdict:
    if release is None:
        return "never_ran" if last is None else "unusable"
    if not os.access(company.published_file, os.R_OK):
        return "unusable"
    if since:
        return "overdue"
    if last:
        return last.outcome
    return "published_with_warnings" if _told_release(release)["warnings"] else "published"


def _words(
    verdict: Verdict, record: Record, since: datetime | None, max_age_hours: int | None, company: Company
) -> str:
    last, under_way = record.last_run, record.under_way
    if verdict == "never_ran":
        said = "no run has ended here"
    elif verdict == "unusable":
        said = f"there is no {company.published_file} that can be read"
        said += f"; the last run: {last.outcome}, {last.cause}" if last and last.cause else ""
    elif since and max_age_hours:
        said = f"the figures are more than {max_age_hours} hours old"
    elif since:
        said = f"no run has ended since {instant(since)}, when one was due"
    elif last and last.cause:
        said = f"the last run: {last.outcome.replace('_', ' ')}, {last.cause}"
    else:
        said = verdict.replace("_", " ")
    return said + (f"; a run is under way since {under_way.began_at}" if under_way else "")
