"""Making a release: marts and audit copied into a new file, verified, and swapped in."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.errors import PublishRefused
from orchestration.landing.canonical import literal, quoted
from orchestration.settings import Company
from orchestration.warehouse import PUBLISHED_STORAGE, open_build, open_published

AUDIT_TABLES = ("deliveries", "rejects", "quality_results", "releases")
_RELEASE_COLUMNS = """
    release_id varchar, as_of timestamp, published_at timestamp, storage_version varchar, row_counts varchar,
    deliveries varchar
"""


@dataclass(frozen=True)
class Release:
    """One published state of the warehouse."""

    release_id: str
    as_of: datetime
    published_at: datetime
    row_counts: Mapping[str, int]
    deliveries: tuple[str, ...]


def publish(company: Company, as_of: datetime, run_id: str) -> Release:
    """Copy marts and audit into a new file and put it in the published one's place.

    Raises PublishRefused when the new file is not what was built, or when a reader with write access left a
    write-ahead log beside the published file; the published file is then as it was.
    """
    live = company.published_file
    refuse_foreign_log(live)
    fresh = company.work / "fresh.duckdb"
    _remove(fresh)
    with open_build(company) as connection:
        release = _describe(connection, as_of, run_id)
        _record(connection, release)
        try:
            _copy(connection, fresh)
        except (duckdb.IOException, OSError) as error:
            _remove(fresh)
            connection.execute("delete from audit.releases where release_id = ?", [release.release_id])
            raise PublishRefused(
                f"{fresh} could not be written: {error}. Yesterday's warehouse stays in force; "
                "make room on the disk and run again."
            ) from error
    verify(fresh, release)
    swap_in(fresh, live)
    return release


def refuse_foreign_log(live: Path) -> None:
    """A log beside the file would be replayed into the new one by the next client that may write."""
    log = live.with_name(live.name + ".wal")
    if log.exists():
        raise PublishRefused(
            f"{log} lies beside the published file: a client opened it with write access. Close that client, "
            "remove the log, give readers no right to write in this folder, and run again."
        )


def swap_in(fresh: Path, live: Path) -> None:
    """Put a finished file in the published one's place: readers see the old or the new one, never a part."""
    fresh.chmod(0o440)
    flush(fresh)
    fresh.replace(live)
    flush(live.parent)


def flush(path: Path) -> None:
    """Have the kernel write a file or a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def verify(fresh: Path, release: Release) -> None:
    """Count a new file's rows as a reader would. Raises PublishRefused if they are not those built."""
    try:
        with open_published(fresh) as reader:
            counted = {name: _count(reader, "marts", name) for name in _tables(reader, "marts")}
            newest = reader.execute("select max_by(release_id, published_at) from audit.releases").fetchone()
    except duckdb.Error as error:
        raise PublishRefused(
            f"{fresh} can't be read back: {error}. Yesterday's warehouse stays in force."
        ) from error
    if counted != dict(release.row_counts) or newest != (release.release_id,):
        raise PublishRefused(
            f"{fresh} does not hold what was built: {counted} instead of {dict(release.row_counts)}. "
            "Yesterday's warehouse stays in force; run again."
        )


def _describe(connection: duckdb.DuckDBPyConnection, as_of: datetime, run_id: str) -> Release:
    names = _tables(connection, "marts")
    if not names:
        raise PublishRefused(
            "The build holds no marts; nothing was published. Run again with --full-refresh."
        )
    delivered = connection.execute(
        "select distinct delivery_id from audit.deliveries where verdict in ('accept', 'warn')"
    )
    return Release(
        release_id=f"{as_of:%Y%m%dT%H%M%SZ}-{run_id[:8]}",
        as_of=as_of,
        published_at=datetime.now(UTC),
        row_counts={name: _count(connection, "marts", name) for name in names},
        deliveries=tuple(sorted(delivery for (delivery,) in delivered.fetchall())),
    )


def _record(connection: duckdb.DuckDBPyConnection, release: Release) -> None:
    connection.execute(f"create table if not exists audit.releases ({_RELEASE_COLUMNS})")
    connection.execute(
        "insert into audit.releases values (?, ?, ?, ?, ?, ?)",
        [
            release.release_id,
            release.as_of.replace(tzinfo=None),
            release.published_at.replace(tzinfo=None),
            PUBLISHED_STORAGE,
            json.dumps(dict(release.row_counts)),
            json.dumps(release.deliveries),
        ],
    )


def _copy(connection: duckdb.DuckDBPyConnection, fresh: Path) -> None:
    """Every table of marts and audit, with its comments, into a file old clients can read."""
    connection.execute("set preserve_insertion_order = true")
    connection.execute(f"attach {literal(str(fresh))} as fresh (storage_version '{PUBLISHED_STORAGE}')")
    try:
        for schema, names in (("marts", _tables(connection, "marts")), ("audit", AUDIT_TABLES)):
            connection.execute(f"create schema fresh.{schema}")
            for name in names:
                table = f"{schema}.{quoted(name)}"
                connection.execute(f"create table fresh.{table} as select * from {table}")
                _copy_comments(connection, schema, name)
    finally:
        connection.execute("detach fresh")


def _copy_comments(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> None:
    here = [schema, name]
    table = f"fresh.{schema}.{quoted(name)}"
    described = connection.execute(
        "select comment from duckdb_tables() where database_name = current_database() and schema_name = ? "
        "and table_name = ? and comment is not null",
        here,
    ).fetchall()
    for (comment,) in described:
        connection.execute(f"comment on table {table} is {literal(comment)}")
    columns = connection.execute(
        "select column_name, comment from duckdb_columns() where database_name = current_database() "
        "and schema_name = ? and table_name = ? and comment is not null",
        here,
    ).fetchall()
    for column, comment in columns:
        connection.execute(f"comment on column {table}.{quoted(column)} is {literal(comment)}")


def _tables(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    found = connection.execute(
        "select table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = ? order by 1",
        [schema],
    ).fetchall()
    return [name for (name,) in found]


def _count(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> int:
    row = connection.execute(f"select count(*) from {quoted(schema)}.{quoted(name)}").fetchone()
    assert row is not None
    return int(row[0])


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
