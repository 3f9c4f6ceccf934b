"""Making a release: copied, verified, kept with its manifest, and swapped in for the published files."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.errors import PublishRefused
from orchestration.machine.duckdb_files import PUBLISHED_STORAGE, has_table, open_build, open_published
from orchestration.machine.sql import literal
from orchestration.publish.copying import copy_open, copy_restricted, count_rows, tables
from orchestration.publish.descriptions import Descriptions
from orchestration.publish.keep import fresh_release, keep, make_ready, prune, sweep
from orchestration.publish.live import go_live, live_release
from orchestration.publish.manifest import OPEN, PARQUET, RESTRICTED, ReleaseManifest, read_published
from orchestration.publish.parquet import export_marts
from orchestration.publish.privacy import Classes
from orchestration.quality.verdicts import CheckedBuild, checked_build
from orchestration.settings import Company, bearing_settings, dbt_vars

_RELEASE_COLUMNS = """
    release_id varchar, as_of timestamp, published_at timestamp, storage_version varchar, row_counts varchar,
    deliveries varchar
"""


@dataclass(frozen=True)
class Facts:
    """What a release says of the run that made it."""

    run_id: str
    models: Mapping[str, str]
    classes: Classes
    """The privacy class of every column of the marts."""
    descriptions: Descriptions
    """What every mart and every table of staging mean, with their columns."""
    closes: int = 0
    """How many records the chain of closes had when it was built."""
    since_release: str = ""
    """The release that its changes are held against."""
    documents: Mapping[str, str] = field(default_factory=dict)
    """Texts that are kept beside its files, by their name: what its metrics mean."""


def publish(company: Company, facts: Facts) -> ReleaseManifest:
    """Copy marts and audit into a new file, keep it as a release and put it in the published one's place.

    Raises PublishRefused when the build did not pass both gates as it stands, when the new file is not
    what was built, when the disk is full, when a reader with write access left a write-ahead log beside
    the published file, or when something else lies where a link belongs. What was published then stays.
    """
    try:
        make_ready(company)
        sweep(company)
        with fresh_release(company) as fresh:
            release = keep(company, _make(company, facts, fresh), fresh)
        go_live(company, release)
        prune(company)
        sweep(company)
    except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException, OSError) as error:
        raise PublishRefused(
            f"{company.warehouse} could not be written: {error}. Yesterday's warehouse stays in force; make "
            "room on the disk and run again."
        ) from error
    with open_build(company) as connection:
        catch_up(connection, company)
    return release


def _make(company: Company, facts: Facts, fresh: Path) -> ReleaseManifest:
    """A release's files in a new folder, verified."""
    with open_build(company) as connection:
        build = checked_build(connection)
        catch_up(connection, company)
        number = 1 + max((kept.number for kept in read_published(company)), default=0)
        release = _describe(connection, facts, build, company, number)
        connection.execute("create temp table releases_and_this_one as select * from audit.releases")
        _record(connection, release, "releases_and_this_one")
        copy_open(connection, fresh / OPEN, facts.classes, facts.descriptions, company.publish_customer_names)
        copy_restricted(connection, fresh / RESTRICTED, facts.classes, facts.descriptions)
        if company.publish.parquet:
            export_marts(connection, fresh / OPEN, fresh / PARQUET, release)
    for name, text in facts.documents.items():
        (fresh / name).write_text(text, encoding="utf-8")
    verify(fresh / OPEN, release)
    return release


def verify(fresh: Path, release: ReleaseManifest) -> None:
    """Count a new file's rows as a reader would. Raises PublishRefused if they are not those built."""
    try:
        with open_published(fresh) as reader:
            counted = {name: count_rows(reader, "marts", name) for name in tables(reader, "marts")}
            told = reader.execute("select release_id from audit.releases").fetchall()
    except duckdb.Error as error:
        raise PublishRefused(f"{fresh} can't be read back: {error}. Yesterday's warehouse stays.") from error
    if counted != dict(release.row_counts) or (release.release_id,) not in told:
        raise PublishRefused(
            f"{fresh} does not hold what was built: {counted} instead of {dict(release.row_counts)}. "
            "Yesterday's warehouse stays in force; run again."
        )


def _describe(
    connection: duckdb.DuckDBPyConnection,
    facts: Facts,
    checked: CheckedBuild,
    company: Company,
    number: int,
) -> ReleaseManifest:
    names = tables(connection, "marts")
    if not names:
        raise PublishRefused(
            "The build holds no marts; nothing was published. Run again with --full-refresh."
        )
    return ReleaseManifest(
        release_id=f"{checked.as_of:%Y%m%dT%H%M%SZ}-{facts.run_id[:8]}",
        as_of=checked.as_of.replace(tzinfo=None).isoformat(sep=" "),
        published_at=datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" "),
        run_id=facts.run_id,
        storage_version=PUBLISHED_STORAGE,
        row_counts={name: count_rows(connection, "marts", name) for name in names},
        deliveries=accepted_deliveries(connection, company),
        models=facts.models,
        gates=checked.gates,
        checksums={},
        sources=company.source_names,
        number=number,
        settings={
            **bearing_settings(dbt_vars(company, checked.as_of)),
            "mappings": mappings_in_force(connection, company),
        },
        closes=facts.closes,
        since_release=facts.since_release,
        accepted_changes=checked.accepted,
    )


def accepted_deliveries(connection: duckdb.DuckDBPyConnection, company: Company) -> tuple[str, ...]:
    """The ids of all deliveries of the company's sources that were taken in, in their order."""
    delivered = connection.execute(
        "select distinct delivery_id from audit.deliveries where verdict in ('accept', 'warn') "
        "and list_contains(?, source_name) order by 1",
        [list(company.source_names)],
    ).fetchall()
    return tuple(delivery for (delivery,) in delivered)


def mappings_in_force(connection: duckdb.DuckDBPyConnection, company: Company) -> dict[str, str]:
    """The fingerprint of the mapping that read each source; several where a file could not be read again."""
    return dict(
        connection.execute(
            "select source_name, string_agg(distinct mapping, ' ' order by mapping) from audit.deliveries "
            "where verdict in ('accept', 'warn') and mapping is not null and list_contains(?, source_name) "
            "group by source_name order by source_name",
            [list(company.source_names)],
        ).fetchall()
    )


def _record(connection: duckdb.DuckDBPyConnection, release: ReleaseManifest, table: str) -> None:
    connection.execute(
        f"insert into {table} "
        "select * from (values (?, ?::timestamp, ?::timestamp, ?, ?, ?)) as fresh(release_id) "
        f"where release_id not in (select release_id from {table})",
        [
            release.release_id,
            release.as_of,
            release.published_at,
            release.storage_version,
            json.dumps(dict(release.row_counts)),
            json.dumps(release.deliveries),
        ],
    )


def create_release_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make audit.releases, and the memory of what was published, which the mart gate compares with."""
    connection.execute("create schema if not exists audit")
    connection.execute(f"create table if not exists audit.releases ({_RELEASE_COLUMNS})")
    connection.execute(
        "create table if not exists audit.published_months "
        "(period_month date, closing_mrr decimal(18, 4), is_partial boolean)"
    )
    connection.execute(
        "create table if not exists audit.published_sources "
        "(source_name varchar, as_of timestamp, currency varchar, customers bigint, mrr decimal(18, 4))"
    )


def forget_published(connection: duckdb.DuckDBPyConnection, sources: Collection[str]) -> None:
    """Hold the next build against nothing of these sources: a mended mapping tells other figures, rightly."""
    connection.execute(
        "delete from audit.published_sources where list_contains(?, source_name)", [sorted(sources)]
    )


def catch_up(connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    """Record every kept release, and what of the published one the next run is held against.

    A run records its own release; one that was killed behind its publication leaves that to the next.
    """
    live, releases = live_release(company), read_published(company)
    recorded = connection.execute("select release_id from audit.releases").fetchall()
    for release in reversed(releases):
        if release.release_id == live and (live,) not in recorded:
            _remember(connection, company, release)
        _record(connection, release, "audit.releases")


def _remember(connection: duckdb.DuckDBPyConnection, company: Company, release: ReleaseManifest) -> None:
    """Keep what the next run is held against: the MRR of each month, and of each source on its last day."""
    connection.execute(f"attach {literal(str(company.published_file.resolve()))} as published (read_only)")
    connection.execute("begin")
    if has_table(connection, "marts", "dim_customers", "published"):
        connection.execute("delete from audit.published_sources")
        connection.execute(
            "insert into audit.published_sources select source_name, cast(? as timestamp), ?, "
            "count(*) filter (where mrr > 0), sum(mrr) from published.marts.dim_customers "
            "group by source_name",
            [release.as_of, company.reporting_currency],
        )
    if has_table(connection, "marts", "fct_mrr_monthly", "published"):
        connection.execute("delete from audit.published_months")
        connection.execute(
            "insert into audit.published_months select period_month, closing_mrr, is_partial "
            "from published.marts.fct_mrr_monthly where segment_type = 'all'"
        )
    connection.execute("commit")
    connection.execute("detach published")
