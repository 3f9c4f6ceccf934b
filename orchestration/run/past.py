"""What an earlier instant would have said: the models of today over what was known then, in its own folder.

Nothing of the warehouse is changed but for a release that is kept for its day. A day is held against no
release before it, and tells of no closed month: what was reported is for the published release to say.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.errors import ConfigurationError, DataRefused
from orchestration.landing.builtin import date_in_path
from orchestration.landing.canonical import (
    SNAPSHOTS,
    canonical_tables,
    create_audit_tables,
    create_raw_tables,
)
from orchestration.machine.disk import private_folder, room_on
from orchestration.machine.duckdb_files import has_table, open_new
from orchestration.machine.lock import exclusive
from orchestration.machine.sql import literal, quoted
from orchestration.machine.state import write_private
from orchestration.publish.keep import keep_past
from orchestration.publish.manifest import ReleaseManifest
from orchestration.publish.release import create_release_tables
from orchestration.quality.results import create_quality_results
from orchestration.run.finish import Finished, finish
from orchestration.run.steps import Run
from orchestration.settings import Company
from orchestration.settings.alerts import AlertSettings
from orchestration.settings.company import BackupSettings
from orchestration.settings.salt import SALT, respondent_salt


def apart(company: Company, as_of: datetime) -> Company:
    """The company with a warehouse of its own for one instant, where its file stays."""
    return _in_folder(company, company.past_files / _stamp(as_of))


def scratch(company: Company, as_of: datetime) -> Company:
    """The company with a warehouse of its own that lasts until its release is kept."""
    return _in_folder(company, company.work / "past" / _stamp(as_of))


def build_apart(run: Run, company: Company) -> Finished | None:
    """Build what was known at a run's instant, check it and write it into the run's own warehouse; its pages.

    `run.company` is one of `apart`. Raises ConfigurationError where the warehouse of `company` holds nothing
    yet, DataRefused where nothing was known then, GateFailed as any run.
    """
    own = run.company
    _refuse_unknown(company)
    with exclusive(company.work / "past.lock"):
        try:
            with exclusive(company.work / "run.lock", wait=True), room_on(company.work):
                recall(company, own, run.as_of)
            run.check("raw")
            run.build()
            run.check("marts")
            run.publish()
        finally:
            pages = finish(run)
            shutil.rmtree(own.work, ignore_errors=True)
    return pages


def keep_day(run: Run, company: Company) -> ReleaseManifest:
    """Build what was known at a run's instant and keep it for that day, never in the published one's place.

    `run.company` is one of `scratch`. A release that was kept for the same instant before goes. Raises as
    `build_apart`; then the run's pages stay, to tell why.
    """
    build_apart(run, company)
    if run.release is None:
        raise DataRefused(f"{_stamp(run.as_of)}: nothing was built, so no release is kept for this day.")
    with exclusive(company.work / "run.lock", wait=True), room_on(company.work):
        kept = keep_past(company, run.company, run.release)
    shutil.rmtree(run.company.warehouse, ignore_errors=True)
    return kept


def recall(company: Company, own: Company, as_of: datetime) -> None:
    """Begin the build file of `own` with what was known to `company` at an instant (`known_files`).

    A row that was loaded later was known then all the same, and counts as loaded then.
    """
    instant = as_of.astimezone(UTC).replace(tzinfo=None)
    shutil.rmtree(own.warehouse, ignore_errors=True)
    private_folder(own.work)
    write_private(own.warehouse / SALT, respondent_salt(company))
    with open_new(own, own.build_file) as connection:
        connection.execute(f"attach {literal(str(company.build_file))} as today (read_only)")
        known = known_files(connection, instant)
        if not known:
            raise DataRefused(
                f"{company.build_file}: no file of a source was known at {instant} (UTC), so there is "
                "nothing to build. Name a later instant; saas-metrics deliveries lists what came when."
            )
        connection.execute("create temp table known (delivery_id varchar, file varchar)")
        connection.executemany("insert into known values (?, ?)", known)
        create_raw_tables(connection)
        create_audit_tables(connection)
        for schema, table in _tables(connection):
            _copy(connection, schema, table, instant)
        connection.execute("detach today")
        create_quality_results(connection)
        create_release_tables(connection)
        connection.execute("checkpoint")


def known_files(connection: duckdb.DuckDBPyConnection, instant: datetime) -> list[tuple[str, str]]:
    """The files that were known at an instant (UTC, without a zone), each with its delivery.

    A file is of the date in its path. One without is of the run that first read it, and what the first run
    over a table of a source found had been there before: as a first run at that instant would have found it
    (DECISIONS.md#what-was-known-at-an-instant).
    """
    if not has_table(connection, "audit", "deliveries", "today"):
        return []
    read = connection.execute(
        "select delivery_id, file, extracted_at, extracted_at = min(extracted_at) over (partition by "
        "source_name, canonical_table) from today.audit.deliveries order by delivery_id, file"
    ).fetchall()
    known = {
        (delivery, file): None
        for delivery, file, extracted_at, is_first in read
        if extracted_at <= instant or (is_first and date_in_path(file) is None)
    }
    return list(known)


def _tables(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    for table in (*canonical_tables(), SNAPSHOTS):
        if has_table(connection, "raw", table, "today"):
            yield "raw", table
    yield "audit", "deliveries"
    yield "audit", "rejects"


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, table: str, instant: datetime) -> None:
    before = f"today.{schema}.{quoted(table)}"
    held = [name for name, *_ in connection.execute(f"describe {before}").fetchall()]
    when = [name for name in held if name.removeprefix("_") in ("loaded_at", "extracted_at")]
    replaced = ", ".join(f"least({name}, $instant) as {name}" for name in when)
    delivery, file = ("_delivery_id", "_file") if schema == "raw" else ("delivery_id", "file")
    connection.execute(
        f"insert into {schema}.{quoted(table)} by name select * replace ({replaced}) from {before} "
        f"where ({delivery}, {file}) in (select (delivery_id, file) from known)",
        {"instant": instant},
    )


def _refuse_unknown(company: Company) -> None:
    if not company.build_file.is_file():
        raise ConfigurationError(
            f"{company.build_file} does not exist yet, so nothing is known of any day. Run saas-metrics run "
            "first."
        )


def _in_folder(company: Company, folder: Path) -> Company:
    # Closes and backups are of the warehouse itself, whose instant is today; so is what anybody is told.
    return replace(
        company, warehouse=folder, closed_through=None, backup=BackupSettings(), alerts=AlertSettings()
    )


def _stamp(as_of: datetime) -> str:
    return f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}"
