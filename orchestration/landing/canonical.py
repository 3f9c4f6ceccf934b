"""The canonical tables: read from canonical.yml, and the tables of `raw` and `audit` made from them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from zoneinfo import available_timezones

import duckdb
import yaml

from orchestration.machine.sql import quoted

CONTRACT = Path(__file__).with_name("canonical.yml")

RAW_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "_source": "VARCHAR",
        "_delivery_id": "VARCHAR",
        "_file": "VARCHAR",
        "_line": "BIGINT",
        "_extracted_at": "TIMESTAMP",
        "_loaded_at": "TIMESTAMP",
        "_is_deleted": "BOOLEAN",
        "_is_state": "BOOLEAN",
    }
)

_LIMITED = re.compile(r"(?P<kind>\w+)\((?P<least>[0-9.]*?)\.\.(?P<most>[0-9.]*)\)")

SNAPSHOTS = "snapshots"
"""The table of `raw` that says when a source listed all it has: what a listing lacks was not there then."""

_SNAPSHOT_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "canonical_table": "VARCHAR",
        "_source": "VARCHAR",
        "_delivery_id": "VARCHAR",
        "_file": "VARCHAR",
        "_extracted_at": "TIMESTAMP",
        "is_full": "BOOLEAN",
    }
)

_AUDIT_TABLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "deliveries": {
            "delivery_id": "VARCHAR",
            "source_name": "VARCHAR",
            "file": "VARCHAR",
            "canonical_table": "VARCHAR",
            "sha256": "VARCHAR",
            "bytes": "BIGINT",
            "rows_read": "BIGINT",
            "rows_accepted": "BIGINT",
            "rows_rejected": "BIGINT",
            "verdict": "VARCHAR",
            "extracted_at": "TIMESTAMP",
            "loaded_at": "TIMESTAMP",
            "mapping": "VARCHAR",
            "reread_at": "TIMESTAMP",
        },
        "rejects": {
            "delivery_id": "VARCHAR",
            "source_name": "VARCHAR",
            "file": "VARCHAR",
            "line": "BIGINT",
            "column_name": "VARCHAR",
            "code": "VARCHAR",
            "value": "VARCHAR",
            "message": "VARCHAR",
            "loaded_at": "TIMESTAMP",
        },
    }
)


@dataclass(frozen=True)
class CanonicalColumn:
    """One column of a canonical table; `kind` is a type of canonical.yml, `allowed` the values of an enum.

    `least` and `most` are the limits of a number; a mapping may set narrower ones of its own.
    """

    name: str
    kind: str
    required: bool
    allowed: tuple[str, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that a column of a closed list may have; of other columns none."""
        return _zones() if self.kind == "zone" else self.allowed


@dataclass(frozen=True)
class CanonicalTable:
    """One canonical table: its columns in order and the columns that identify a row."""

    name: str
    key: tuple[str, ...]
    columns: tuple[CanonicalColumn, ...]
    privacy: Mapping[str, str]
    """The privacy class of each sensitive column."""
    is_looked_up: bool = False
    """Whether it only holds what other tables of its source look up, and no model reads it."""

    def column(self, name: str) -> CanonicalColumn | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def _column(name: str, text: str) -> CanonicalColumn:
    required = text.endswith("!")
    kind = text.rstrip("!")
    if kind.startswith("enum("):
        return CanonicalColumn(name, "enum", required, tuple(kind[5:-1].split("|")))
    if found := _LIMITED.fullmatch(kind):
        least, most = (Decimal(limit) if limit else None for limit in found.group("least", "most"))
        return CanonicalColumn(name, found["kind"], required, least=least, most=most)
    return CanonicalColumn(name, kind, required)


@lru_cache(maxsize=1)
def canonical_tables() -> Mapping[str, CanonicalTable]:
    """Every canonical table by name, in the order of canonical.yml."""
    text = CONTRACT.read_text(encoding="utf-8")
    tables = {
        name: CanonicalTable(
            name,
            tuple(table["key"]),
            tuple(_column(key, kind) for key, kind in table["columns"].items()),
            MappingProxyType(table.get("privacy", {})),
            bool(table.get("looked_up", False)),
        )
        for name, table in yaml.safe_load(text).items()
    }
    return MappingProxyType(tables)


def _create(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: Mapping[str, str]
) -> None:
    listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
    connection.execute(f"create table if not exists {quoted(schema)}.{quoted(table)} ({listed})")


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make every `raw` table that does not exist yet: canonical columns as text, then the landing's own.

    A table that an earlier version made gets the columns that the contract has won since; they come last
    there, so rows are inserted by name.
    """
    connection.execute("create schema if not exists raw")
    known = set(
        connection.execute(
            "select table_name, column_name from duckdb_columns() "
            "where database_name = current_database() and schema_name = 'raw'"
        ).fetchall()
    )
    for table in canonical_tables().values():
        _create(connection, "raw", table.name, dict.fromkeys(table.names, "VARCHAR") | dict(RAW_COLUMNS))
        for name in table.names:
            if (table.name, "_source") in known and (table.name, name) not in known:
                connection.execute(f"alter table raw.{quoted(table.name)} add column {quoted(name)} varchar")
    _create(connection, "raw", SNAPSHOTS, _SNAPSHOT_COLUMNS)


def create_audit_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the `audit` tables that landing writes: deliveries and rejects.

    Those of an earlier version get the columns that came since.
    """
    connection.execute("create schema if not exists audit")
    for table, columns in _AUDIT_TABLES.items():
        _create(connection, "audit", table, columns)
        held = {row[0] for row in connection.execute(f"describe audit.{table}").fetchall()}
        for name in columns.keys() - held:
            connection.execute(f"alter table audit.{table} add column {quoted(name)} {columns[name]}")
