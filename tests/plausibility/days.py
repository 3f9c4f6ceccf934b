"""Small made-up companies day by day, as `raw` holds them when the raw gate looks: yesterday and today.

Of what was there before, only the state in force is kept: the rules hold today against that.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb

from orchestration.landing.canonical import canonical_tables, create_audit_tables, create_raw_tables
from orchestration.quality.changes import COMPARED, write_changes
from orchestration.quality.suites import plausibility
from orchestration.settings.quality import QualitySettings
from orchestration.synthetic.company import Company
from orchestration.synthetic.dials import END, Size
from orchestration.synthetic.events import Event, Row
from orchestration.synthetic.nights import Archive, Night, nightly

Tables = dict[str, dict[tuple[Any, ...], Row]]
"""Rows by table and key."""
Change = Callable[["Day"], Tables]

SOURCE = "source"
# A plan's price rises in the middle of the days that are played, and a channel and a plan are new.
RISE_DAYS_BEFORE_END = 80
RISE = Decimal("1.15")
# What rules read of raw itself, beside what they compare.
_ALSO_READ = {
    "customers": ("email",),
    "subscription_items": ("price_id", "product_id"),
    "subscription_changes": ("occurred_at",),
    "invoices": ("finalized_at", "paid_at"),
    "credit_notes": ("issued_at",),
    "crm_deals": ("won_at", "lost_at"),
    "crm_leads": ("converted_at",),
    "tickets": ("first_reply_at", "solved_at"),
}


@dataclass(frozen=True)
class Day:
    """What a company's systems hold at the end of a day, and what they held before."""

    at: datetime
    today: Tables
    yesterday: Tables
    month_ago: Tables
    weeks_old: Tables
    """What changed in a week that was over three weeks ago, as it was delivered then."""


def company_of(seed: int, customers: int = 150, months: int = 14) -> Company:
    """A company with its growth, seasons, four currencies and the habits of billing systems."""
    return Company(Size("played", customers, months, 30), seed, habits=3)


def days(seed: int, count: int, **size: int) -> Iterator[Day]:
    """The last days of a company, honest as they are."""
    company = company_of(seed, **size)
    events = [event for life in company.lives() for event in life if event.table in COMPARED]
    last = END.date() - timedelta(days=1)
    kept: list[Tables] = []
    held: Tables = {}
    for night in Archive(_alive(events)).nights(nightly(last - timedelta(days=count + 29), last)):
        held = {table: _copied(night, table, held.get(table, {})) for table in COMPARED}
        tables = {table: dict(rows) for table, rows in held.items()}
        _raise_prices(tables, night.on)
        # Rules look at the last days of rates and spend; those of years would only be copied.
        for table, dated in (("fx_rates", "rate_on"), ("ad_spend", "spend_on")):
            since = night.on - timedelta(days=90)
            tables[table] = {key: row for key, row in tables[table].items() if row[dated] >= since}
        kept = [*kept, tables][-31:]
        if len(kept) == 31:
            yield Day(night.at, kept[-1], kept[-2], kept[0], changed(kept[7], kept[0]))


def _copied(night: Night, table: str, before: Mapping[tuple[Any, ...], Row]) -> dict[tuple[Any, ...], Row]:
    """The rows of a table as they are now: what nothing happened to is the row of the night before."""
    touched = night.touched.get(table, {})
    return {
        key: dict(row) if key in touched or key not in before else before[key]
        for key, row in night.tables.get(table, {}).items()
    }


def _alive(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.at)


def _raise_prices(tables: Tables, on: date) -> None:
    """Every item of the commonest plan costs more from one day on, under the version that it has then."""
    risen_on = END.date() - timedelta(days=RISE_DAYS_BEFORE_END)
    if on < risen_on:
        return
    latest: dict[Any, tuple[Any, ...]] = {}
    for key in tables["subscription_items"]:
        latest[key[:2]] = max(key, latest.get(key[:2], key), key=lambda one: one[2])
    for key in latest.values():
        row = tables["subscription_items"][key]
        if row["plan_name"] == "Team" and row["unit_amount"] and row["status"] != "ended":
            raised = round(Decimal(str(row["unit_amount"])) * RISE, 2)
            tables["subscription_items"][key] = {**row, "unit_amount": raised}


@dataclass(frozen=True)
class Played:
    """What the rules said of one day."""

    broken: Mapping[str, tuple[str, ...]]
    """Messages by rule."""


@contextmanager
def gate() -> Iterator["Gate"]:
    """The plausibility rules over an empty build file in memory."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set timezone = 'UTC'")
        create_raw_tables(connection)
        create_audit_tables(connection)
        yield Gate(connection)


@dataclass(frozen=True)
class Gate:
    """Asks the rules of one day after the other."""

    connection: duckdb.DuckDBPyConnection
    quality: QualitySettings = field(default_factory=QualitySettings)
    lines: dict[tuple[str, int], tuple[Row, str]] = field(default_factory=dict)
    """Rows as CSV has them: most are those of the day before. A row is kept, so that its id stays its own."""

    def look(self, folder: Path, day: Day, today: Tables | None = None, delta: bool = False) -> Played:
        """What the rules say of a day, or of something else that is delivered in its place."""
        now = day.today if today is None else today
        return self.deliver(folder, day, changed(now, day.yesterday) if delta else now, delta)

    def deliver(self, folder: Path, day: Day, brought: Tables, delta: bool) -> Played:
        """What the rules say where just this is delivered on a day, as a full list or as what changed."""
        for table in COMPARED:
            self.connection.execute(f"delete from raw.{table}")
        self.connection.execute("delete from raw.snapshots")
        self._deliver(folder, "before", day.at - timedelta(days=1), day.yesterday, {})
        self._deliver(folder, "today", day.at, brought, {} if delta else day.yesterday)
        if not delta:
            self._list_snapshots(day)
        return self.ask(day.at)

    def ask(self, as_of: datetime) -> Played:
        """What the rules say of `raw` as it stands."""
        return Played(self.rules_broken(as_of, write_changes(self.connection, ["before"], [SOURCE])))

    def rules_broken(self, as_of: datetime, changed: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The messages of the rules that are broken, of those about the tables that have changes."""
        company: Any = SimpleNamespace(source_names=(SOURCE,), quality=self.quality)
        naive = as_of.replace(tzinfo=None)
        broken = {}
        for rule in plausibility.rules(company, naive, naive - timedelta(days=1), changed):
            found = self.connection.execute(f"select message from ({rule.query})").fetchall()
            if found:
                assert all(message for (message,) in found), f"{rule.name} says nothing"
                broken[rule.name] = tuple(message for (message,) in found)
        return broken

    def _list_snapshots(self, day: Day) -> None:
        rows = [(table, SOURCE, "today", "today", day.at.replace(tzinfo=None), True) for table in COMPARED]
        self.connection.executemany("insert into raw.snapshots values (?, ?, ?, ?, ?, ?)", rows)

    def _deliver(self, folder: Path, delivery: str, at: datetime, tables: Tables, held: Tables) -> None:
        for table, rows in tables.items():
            names = [*canonical_tables()[table].key, *COMPARED[table], *_ALSO_READ.get(table, ())]
            names = list(dict.fromkeys(names))
            path = folder / f"{table}.csv"
            gone = [row for key, row in held.get(table, {}).items() if key not in rows]
            if not rows and not gone:
                continue
            with path.open("w", newline="", encoding="utf-8") as file:
                for is_gone, some in (("false", rows.values()), ("true", gone)):
                    file.writelines(f"{is_gone},{self._line(table, row, names)}" for row in some)
            columns = ", ".join(f"'{name}': 'varchar'" for name in ("is_gone", *names))
            stamp = f"timestamp '{at.replace(tzinfo=None).isoformat(sep=' ')}'"
            self.connection.execute(
                f"insert into raw.{table} by name select * exclude (is_gone), '{SOURCE}' as _source, "
                f"'{delivery}' as _delivery_id, 'file.csv' as _file, row_number() over () as _line, "
                f"{stamp} as _extracted_at, {stamp} as _loaded_at, is_gone = 'true' as _is_deleted "
                f"from read_csv('{path}', auto_detect = false, header = false, delim = ',', nullstr = '', "
                f"quote = '\"', columns = {{{columns}}})"
            )

    def _line(self, table: str, row: Row, names: Sequence[str]) -> str:
        known = self.lines.get((table, id(row)))
        if known is None:
            text = io.StringIO()
            csv.writer(text).writerow(_text(row.get(name)) for name in names)
            known = self.lines[table, id(row)] = (row, text.getvalue())
        return known[1]


def changed(now: Tables, before: Tables) -> Tables:
    """The rows that are new or others than before."""
    return {
        table: {key: row for key, row in rows.items() if before.get(table, {}).get(key) != row}
        for table, rows in now.items()
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else str(value)
