"""The warehouse: its files, the clock they were made by, and the schedule they should be made by."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
from croniter import croniter
from packaging.version import Version

from orchestration.build.versions import our_version, version_of
from orchestration.doctor.finding import OK, WARNING, WRONG, Finding
from orchestration.errors import RunLocked, SaasMetricsError
from orchestration.machine.duckdb_files import open_build_read_only, open_published
from orchestration.publish.manifest import ReleaseManifest, read_published
from orchestration.settings import Company

_TABLES = "select count(*) from duckdb_tables() where schema_name = 'marts'"
_SAME_CLOCK = timedelta(hours=1)


def build_file(company: Company, now: datetime) -> Iterator[Finding]:
    """Whether the build file opens, and which version wrote it."""
    if not company.build_file.is_file():
        yield Finding(OK, "build", "no build file yet: the first run makes it")
        return
    try:
        with open_build_read_only(company) as connection:
            theirs = version_of(connection)
    except RunLocked as error:
        yield Finding(WARNING, "build", _first_line(error))
        return
    except (SaasMetricsError, duckdb.Error) as error:
        yield Finding(WRONG, "build", _first_line(error))
        return
    yield _of_version(theirs)


def _of_version(theirs: Version | None) -> Finding:
    ours = our_version()
    if theirs == ours:
        return Finding(OK, "build", f"written by this version, {ours}")
    if theirs is not None and theirs > ours:
        return Finding(
            WARNING, "build", f"written by {theirs}, and this is {ours}. Install {theirs} or a later one."
        )
    return Finding(OK, "build", f"written by {theirs or 'an early version'}: {ours} builds everything anew")


def published_file(company: Company, now: datetime) -> Iterator[Finding]:
    """Whether what is published opens."""
    if not company.published_file.is_file():
        yield Finding(WARNING, "published", "nothing is published yet. Run saas-metrics run.")
        return
    try:
        with open_published(company.published_file, company.limits) as connection:
            tables = connection.execute(_TABLES).fetchall()
    except (SaasMetricsError, duckdb.Error) as error:
        yield Finding(WRONG, "published", _first_line(error))
        return
    if wal := _log_beside(company):
        yield Finding(WRONG, "published", wal)
    yield Finding(OK, "published", f"{company.published_file} opens, with {tables[0][0]} tables")


def _log_beside(company: Company) -> str:
    log = company.published_file.with_name(f"{company.published_file.name}.wal")
    if not log.exists():
        return ""
    return f"{log} is there: another program wrote beside the file. Close it and remove that."


def clock(company: Company, now: datetime) -> Iterator[Finding]:
    """Whether this machine's clock goes on from where the warehouse is."""
    zone = ZoneInfo(company.reporting_timezone)
    told = f"it is {now.astimezone(zone):%Y-%m-%d %H:%M} in {company.reporting_timezone}"
    newest = _newest(company)
    as_of = None if newest is None else datetime.fromisoformat(newest.as_of).replace(tzinfo=UTC)
    if as_of is not None and as_of > now + _SAME_CLOCK:
        yield Finding(
            WRONG,
            "clock",
            f"{told}, before the newest release ({as_of:%Y-%m-%d %H:%M} UTC): a run would go back. Mend the "
            "clock, or give the instant with --as-of.",
        )
    else:
        yield Finding(OK, "clock", told)


def schedule(company: Company, now: datetime) -> Iterator[Finding]:
    """Whether the last run that should have published did."""
    newest, zone = _newest(company), ZoneInfo(company.reporting_timezone)
    due = croniter(company.schedule.cron, now.astimezone(zone)).get_prev(datetime)
    following = croniter(company.schedule.cron, now.astimezone(zone)).get_next(datetime)
    told = f"{company.schedule.cron} ({company.reporting_timezone}), next at {following:%Y-%m-%d %H:%M}"
    if newest is None:
        yield Finding(OK, "schedule", told)
        return
    published = datetime.fromisoformat(newest.published_at).replace(tzinfo=UTC)
    if published < due:
        yield Finding(
            WARNING,
            "schedule",
            f"the last release is of {published:%Y-%m-%d %H:%M} UTC, and a run was due at "
            f"{due.astimezone(UTC):%Y-%m-%d %H:%M} UTC. Is what starts the runs still there?",
        )
    else:
        yield Finding(OK, "schedule", told)


def _newest(company: Company) -> ReleaseManifest | None:
    return next(iter(read_published(company)), None)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
