"""Canonical extracts made odd, file by file: larger amounts, gaps, missing rows, other times."""

import csv
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from orchestration.landing.canonical import CanonicalTable, canonical_tables

Rows = list[dict[str, str]]
Change = Callable[[CanonicalTable, Rows, random.Random], Rows]

AMOUNTS = ("money", "price")
RUPIAH = Decimal(10_000_000)
"""How much larger than a company of some thousand euros a month one may be in a currency without cents."""
NEVER_ODD = ("fx_rates",)
FORTY_DAYS = 40 * 24 * 60


def change_extracts(folder: Path, change: Change, seed: int) -> None:
    """Write every canonical CSV below the folder anew, as `change` has its rows; rates stay."""
    draw = random.Random(seed)
    for file in sorted(folder.rglob("*.csv")):
        with file.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        if not rows or file.stem in NEVER_ODD:
            continue
        names = list(rows[0])
        with file.open("w", newline="", encoding="utf-8") as lines:
            writer = csv.DictWriter(lines, names)
            writer.writeheader()
            writer.writerows(change(canonical_tables()[file.stem], rows, draw))


def enlarged(table: CanonicalTable, rows: Rows, draw: random.Random) -> Rows:
    """Every amount ten million times as large."""
    return [
        {
            name: f"{Decimal(text) * RUPIAH:f}" if text and _kind(table, name) in AMOUNTS else text
            for name, text in row.items()
        }
        for row in rows
    ]


def with_gaps(table: CanonicalTable, rows: Rows, draw: random.Random) -> Rows:
    """One in seven of the values that may be missing is."""
    return [
        {
            name: "" if _may_be_missing(table, name) and draw.random() < 1 / 7 else text
            for name, text in row.items()
        }
        for row in rows
    ]


def with_missing_rows(table: CanonicalTable, rows: Rows, draw: random.Random) -> Rows:
    """Three rows in ten are missing, so that others name what is nowhere."""
    return [row for row in rows if draw.random() < 0.7] or rows[:1]


def with_other_times(table: CanonicalTable, rows: Rows, draw: random.Random) -> Rows:
    """One instant in ten is up to forty days from where it was."""
    return [
        {
            name: _moved(text, draw)
            if text and _kind(table, name) == "timestamp" and draw.random() < 0.1
            else text
            for name, text in row.items()
        }
        for row in rows
    ]


def _kind(table: CanonicalTable, name: str) -> str | None:
    column = table.column(name)
    return column.kind if column else None


def _may_be_missing(table: CanonicalTable, name: str) -> bool:
    column = table.column(name)
    return column is not None and not column.required and name not in table.key


def _moved(text: str, draw: random.Random) -> str:
    at = datetime.fromisoformat(text) + timedelta(minutes=draw.randint(-FORTY_DAYS, FORTY_DAYS))
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
