"""Night after night: what a system knows at the end of each day, and what changed since the night before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from orchestration.synthetic.clock import month_starts
from orchestration.synthetic.events import Event, Row, Value

Key = tuple[Value, ...]


@dataclass(slots=True)
class Night:
    """What is known at `at` (UTC): rows by table and key, and the keys touched since the night before."""

    at: datetime
    tables: Mapping[str, Mapping[Key, Row]]
    touched: Mapping[str, Mapping[Key, None]]
    children: Mapping[tuple[str, Value], Mapping[Key, None]]
    gone: Mapping[tuple[str, Key], Row] = field(default_factory=dict)
    """What rows were before they went."""

    @property
    def on(self) -> date:
        """The day that the night closes: the date an extractor puts into its paths."""
        return (self.at - timedelta(microseconds=1)).date()

    def rows(self, table: str) -> list[Row]:
        """All rows of a table."""
        return list(self.tables.get(table, {}).values())

    def changed(self, table: str) -> list[Key]:
        """The keys that appeared, changed or went since the night before."""
        return list(self.touched.get(table, {}))

    def parents(self, table: str, column: str) -> dict[Key, None]:
        """The keys of the rows to which the changed rows of a table belong."""
        rows = self.tables.get(table, {})
        found = [(rows.get(key) or self.gone[table, key])[column] for key in self.changed(table)]
        return dict.fromkeys((parent,) for parent in found if parent is not None)

    def of(self, table: str, parent: Value) -> list[Row]:
        """The rows of a table that belong to a row of another (see PARENTS)."""
        rows = self.tables.get(table, {})
        return [rows[key] for key in self.children.get((table, parent), {}) if key in rows]


# The columns by which the rows of a table are found; ids of different kinds never look alike.
PARENTS = {
    "subscription_items": ("subscription_id",),
    "discounts": ("subscription_id", "customer_id"),
    "invoices": ("subscription_id",),
    "invoice_lines": ("invoice_id",),
    "commitments": ("subscription_id",),
    "invoice_payments": ("payment_id", "invoice_id"),
    "credit_notes": ("invoice_id",),
    "reversals": ("payment_id",),
    "crm_deal_stages": ("deal_id",),
}


@dataclass(slots=True)
class Archive:
    """The events of some part of a company, replayed night by night. `nights` may be called once."""

    events: Iterable[Event]
    tables: dict[str, dict[Key, Row]] = field(default_factory=dict)
    children: dict[tuple[str, Value], dict[Key, None]] = field(default_factory=dict)
    gone: dict[tuple[str, Key], Row] = field(default_factory=dict)

    def nights(self, moments: Iterable[datetime]) -> Iterator[Night]:
        """The state at each of the moments (ascending, UTC)."""
        waiting = sorted(self.events, key=lambda event: event.at)
        position = 0
        for at in moments:
            touched: dict[str, dict[Key, None]] = {}
            while position < len(waiting) and waiting[position].at < at:
                event = waiting[position]
                self._apply(event)
                touched.setdefault(event.table, {})[event.key] = None
                position += 1
            yield Night(at, self.tables, touched, self.children, self.gone)

    def _apply(self, event: Event) -> None:
        rows = self.tables.setdefault(event.table, {})
        if not event.values:
            if event.key in rows:
                self.gone[event.table, event.key] = rows.pop(event.key)
            return
        row = rows.setdefault(event.key, {})
        row.update(event.values)
        for column in PARENTS.get(event.table, ()):
            self.children.setdefault((event.table, row[column]), {})[event.key] = None


class Dialect(Protocol):
    """How one vendor writes the truth down."""

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """Every record the system holds: file name to bytes."""
        ...

    def delta(self, night: Night) -> dict[str, bytes]:
        """Only what changed since the night before; nothing where nothing changed."""
        ...


def nightly(first: date, last: date) -> list[datetime]:
    """The ends (UTC midnight) of the days from `first` to `last`, both included."""
    return [_end_of(first + timedelta(days=n)) for n in range((last - first).days + 1)]


def monthly_then_nightly(first: date, last: date, nights: int) -> list[datetime]:
    """The ends of the months up to `last`, and each of the last `nights` nights: an extractor set up
    lately.
    """
    ends = {
        start - timedelta(days=1) for start in month_starts(first, 12 * (last.year - first.year + 1) + 12)
    }
    recent = {last - timedelta(days=n) for n in range(nights)}
    return [_end_of(day) for day in sorted(ends | recent) if first <= day <= last]


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
