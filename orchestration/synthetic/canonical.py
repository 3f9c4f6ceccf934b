"""The canonical form of the company: the tables of `landing/canonical.yml` as CSV, as known at an instant."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import yaml

from orchestration.landing.canonical import CONTRACT
from orchestration.synthetic.company import Company
from orchestration.synthetic.events import KEYS, Event, Row, Value, fold


def columns_by_table() -> dict[str, list[str]]:
    """The columns of every canonical table, in the order of the contract."""
    contract: dict[str, Any] = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    return {table: list(spec["columns"]) for table, spec in contract.items()}


def text(value: Value) -> str:
    """A value as canonical CSV text: ISO instants with Z, ISO dates, plain numbers, empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def rows_known(events: Iterable[Event], until: datetime) -> dict[str, list[Row]]:
    """The rows of every table as known at `until`, a merged customer's rows under its survivor."""
    known = fold(event for event in events if event.at <= until)
    survivors = {
        row["merged_id"]: row["survivor_id"]
        for row in known.get("crm_merges", {}).values()
        if row["object"] == "customer"
    }
    tables = {table: list(rows.values()) for table, rows in known.items()}
    for row in (row for table, rows in tables.items() if table in REKEYED for row in rows):
        row["customer_id"] = survivors.get(row["customer_id"], row["customer_id"])
    return tables


REKEYED = (
    "subscriptions",
    "invoices",
    "payments",
    "credit_notes",
    "credit_transactions",
    "survey_responses",
    "tickets",
    "product_usage",
)


class CanonicalWriter:
    """Writes canonical CSV files part by part, so that a large company never has to fit into memory."""

    def __init__(self, folder: Path, tables: Iterable[str] | None = None) -> None:
        """`tables` limits what is written (default: every table the company knows)."""
        folder.mkdir(parents=True, exist_ok=True)
        contract = columns_by_table()
        self._columns = {table: contract[table] for table in (tables or KEYS)}
        self._files: dict[str, TextIOWrapper] = {}
        self._writers: dict[str, Any] = {}
        for table, columns in self._columns.items():
            handle = (folder / f"{table}.csv").open("w", newline="", encoding="utf-8")
            self._files[table] = handle
            self._writers[table] = csv.writer(handle, lineterminator="\n")
            self._writers[table].writerow(columns)

    def write(self, tables: dict[str, list[Row]]) -> None:
        """Append the rows of one part of the company."""
        for table, rows in tables.items():
            if table in self._columns:
                columns = self._columns[table]
                self._writers[table].writerows([text(row.get(column)) for column in columns] for row in rows)

    def close(self) -> None:
        """Finish all files."""
        for handle in self._files.values():
            handle.close()


def write_canonical(
    company: Company, folder: Path, until: datetime | None = None, tables: Iterable[str] | None = None
) -> None:
    """Write what is known at `until` (default: the end) as one CSV per table, named after the table."""
    writer = CanonicalWriter(folder, tables)
    try:
        for events in company.lives():
            writer.write(rows_known(events, until or company.end))
    finally:
        writer.close()
