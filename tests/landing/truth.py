"""What every dialect of the synthetic company must become: the canonical rows of the same company.

A table is described by the columns that the system knows, each with where its true value comes from. What a
system does not know is not listed, and must stay empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from orchestration.landing.canonical import canonical_tables
from orchestration.synthetic.events import Row
from orchestration.synthetic.nights import Night

Value = Callable[[Row, Night], Any]


@dataclass(frozen=True)
class Truth:
    """One canonical table as one system knows it.

    `columns` are those that stand in it unchanged; `derived` those that the system writes otherwise; `rows`
    gives the rows that the system holds (all of the table, unless given).
    """

    columns: str
    derived: Mapping[str, Value] = field(default_factory=dict)
    rows: Callable[[Night], Iterable[Row]] | None = None

    def expected(self, table: str, night: Night) -> tuple[list[str], list[tuple[str | None, ...]]]:
        """Column names, and the rows as `raw` holds them, sorted."""
        makers: dict[str, Value] = {
            name: lambda row, _, name=name: row.get(name) for name in self.columns.split()
        } | dict(self.derived)
        rows = self.rows(night) if self.rows else night.rows(table)
        made = [tuple(canonical(make(row, night)) for make in makers.values()) for row in rows]
        return list(makers), sorted(made, key=str)


def canonical(value: Any) -> str | None:
    """A value in the text form of `raw`."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        text = f"{value or Decimal(0):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def tiers(text: Any) -> str | None:
    """Tiers as one text, however the JSON is laid out."""
    if not text:
        return None
    steps = json.loads(text)
    return str([(s["up_to"], Decimal(str(s["unit_amount"])).normalize(), s["flat_amount"]) for s in steps])


def compare(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Truth], night: Night) -> None:
    """Nothing was found fault with, the rows in force are true, and what the system can't know is empty."""

    def rows(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    assert rows("select file, code, column_name, message from audit.rejects limit 5") == []
    fed = {table for (table,) in rows("select distinct canonical_table from audit.deliveries")}
    looked_up = {name for name, table in canonical_tables().items() if table.is_looked_up}
    assert fed - looked_up == set(tables)
    for table, truth in tables.items():
        canonical_table = canonical_tables()[table]
        names, expected = truth.expected(table, night)
        key = ", ".join(name for name in canonical_table.key if name != "valid_from")
        found = rows(
            f"select {', '.join(names)} from (select *, row_number() over (partition by {key} order by "
            f"_extracted_at desc, _delivery_id desc, _file desc, _line desc) as place from raw.{table}) "
            "where place = 1 and not _is_deleted"
        )
        if "tiers" in names:
            place = names.index("tiers")
            found = [(*row[:place], tiers(row[place]), *row[place + 1 :]) for row in found]
        assert expected, table
        assert_same(table, names, sorted(found, key=str), expected)
        for column in set(canonical_table.names) - set(names):
            assert rows(f"select 1 from raw.{table} where {column} is not null limit 1") == [], column


def assert_same(table: str, names: list[str], found: list[tuple], expected: list[tuple]) -> None:
    if found == expected:
        return
    only_found, only_true = (
        sorted(set(found) - set(expected), key=str),
        sorted(set(expected) - set(found), key=str),
    )
    differing = [
        name
        for place, name in enumerate(names)
        if sorted(str(row[place]) for row in found) != sorted(str(row[place]) for row in expected)
    ]
    raise AssertionError(
        f"{table}: {len(found)} rows landed, {len(expected)} are true; columns that differ: {differing}\n"
        f"names: {names}\nlanded: {only_found[:3]}\ntrue:   {only_true[:3]}"
    )
