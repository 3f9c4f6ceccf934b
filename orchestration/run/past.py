"""What an earlier instant would have said: the models of today over what was known then, in its own folder.

Known then is what was extracted until then: a date in a file's path, else the run that first read it. Nothing
of the warehouse is changed but for a release that is kept for its day. A day is held against no release
before it, and tells of no closed month: what was reported is for the published release to say.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.errors import ConfigurationError, DataRefused
from orchestration.landing.canonical import (
    SNAPSHOTS,
    canonical_tables,
    create_audit_tables,
    create_raw_tables,
)
from orchestration.machine.disk import private_folder, room_on
from orchestration.machine.duckdb_files import has_table, open_build, open_build_read_only, open_new
from orchestration.machine.lock import exclusive
from orchestration.machine.sql import literal, quoted
from orchestration.machine.state import write_private
from orchestration.publish.keep import keep_past
from orchestration.publish.manifest import ReleaseManifest
from orchestration.publish.release import create_release_tables
from orchestration.quality.results import create_quality_results
from orchestration.run.finish import Pages, finish
from orchestration.run.steps import Run
from orchestration.settings import Company
from orchestration.settings.company import BackupSettings
from orchestration.settings.salt import SALT, respondent_salt


def apart(company: Company, as_of: datetime) -> Company:
    """The company with a warehouse of its own for one instant, where its file stays."""
    return _in_folder(company, company.past_files / _stamp(as_of))


def scratch(company: Company, as_of: datetime) -> Company:
    """The company with a warehouse of its own that lasts until its release is kept."""
    return _in_folder(company, company.work / "past" / _stamp(as_of))


def build_apart(run: Run, company: Company) -> Pages | None:
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
    """Begin the build file of `own` with what was delivered to `company` until an instant.

    A row that was loaded later was known then all the same, by its date, and counts as loaded then.
    """
    shutil.rmtree(own.warehouse, ignore_errors=True)
    private_folder(own.work)
    write_private(own.warehouse / SALT, respondent_salt(company))
    with open_build_read_only(company) as connection:
        known = has_table(connection, "audit", "deliveries")
        found = "select count(*) from audit.deliveries where extracted_at <= ?"
        instant = as_of.astimezone(UTC).replace(tzinfo=None)
        ((files,),) = connection.execute(found, [instant]).fetchall() if known else ((0,),)
    if not files:
        raise DataRefused(
            f"{company.build_file}: no file of a source was extracted until {instant} (UTC), so nothing was "
            "known then. Name a later instant; saas-metrics deliveries lists what was delivered when."
        )
    with open_new(own, own.build_file) as connection:
        connection.execute(f"attach {literal(str(company.build_file))} as today (read_only)")
        create_raw_tables(connection)
        create_audit_tables(connection)
        for schema, table in _tables(connection):
            _copy(connection, schema, table, instant)
        connection.execute("detach today")
        create_quality_results(connection)
        create_release_tables(connection)
    with open_build(own) as connection:
        connection.execute("checkpoint")


def _tables(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    for table in (*canonical_tables(), SNAPSHOTS):
        if has_table(connection, "raw", table, "today"):
            yield "raw", table
    yield "audit", "deliveries"
    yield "audit", "rejects"


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, table: str, instant: datetime) -> None:
    held = [name for name, *_ in connection.execute(f"describe today.{schema}.{quoted(table)}").fetchall()]
    loaded = next((name for name in held if name in ("_loaded_at", "loaded_at")), None)
    shown = f"* replace (least({loaded}, $instant) as {loaded})" if loaded else "*"
    known = {
        "rejects": "(delivery_id, source_name, file) in (select (delivery_id, source_name, file) "
        "from today.audit.deliveries where extracted_at <= $instant)",
        "deliveries": "extracted_at <= $instant",
    }.get(table, "_extracted_at <= $instant")
    connection.execute(
        f"insert into {schema}.{quoted(table)} by name select {shown} "
        f"from today.{schema}.{quoted(table)} where {known}",
        {"instant": instant},
    )


def _refuse_unknown(company: Company) -> None:
    if not company.build_file.is_file():
        raise ConfigurationError(
            f"{company.build_file} does not exist yet, so nothing is known of any day. Run saas-metrics run "
            "first."
        )


def _in_folder(company: Company, folder: Path) -> Company:
    # Closes and backups are of the warehouse itself, whose instant is today.
    return replace(company, warehouse=folder, closed_through=None, backup=BackupSettings())


def _stamp(as_of: datetime) -> str:
    return f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}"
