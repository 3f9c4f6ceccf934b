"""The true figures of a company, computed from its rows one customer at a time: the reference of every mart.

Shares nothing with the dbt models: no SQL, no code. It follows the metric specification literally and
prefers the obvious loop to the fast one.

    inputs = read_inputs({"subscription_items": rows, "subscriptions": rows, "discounts": rows, ...})
    oracle = Oracle(inputs, Policies(reporting_currency="EUR", reporting_timezone="Europe/Paris"), as_of)
    oracle.mrr_on(customer, day); oracle.committed_on(customer, day)       # balances at the end of a day
    oracle.movements(customer); oracle.ledger_deltas(customer)             # day and ledger grain
    oracle.roll_forward(customer); oracle.all_months(); oracle.totals()    # month grain
    Retention(oracle).churn_month(month); .cohorts(); .events              # oracle_retention
    nps_of(latest_answers(...)); trials(oracle); cost_of_month(...)        # oracle_growth

Rows are canonical: keyed by column name, values as text or as Python values; only items are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from oracle.inputs import Inputs, ItemVersion, Policies
from oracle.states import Change, CustomerItems, money

ZERO = Decimal("0.0000")
TYPES = ("new", "expansion", "contraction", "churn", "reactivation")


@dataclass(frozen=True, slots=True)
class DayState:
    """A customer's native MRR at the end of a local day on which something changed.

    `fallen` are the statuses that items had when their MRR fell to 0 on that day.
    """

    on: date
    native: Mapping[str, Decimal]
    committed: Mapping[str, Decimal]
    fallen: frozenset[str]
    change: Change


@dataclass(frozen=True, slots=True)
class Movement:
    """One customer-day: before, after and delta in the reporting currency, at that day's rate."""

    on: date
    customer_id: str
    type: str
    kind: str | None
    before: Decimal
    after: Decimal

    @property
    def delta(self) -> Decimal:
        """After minus before; negative for a decrease."""
        return self.after - self.before


@dataclass(slots=True)
class MonthRow:
    """One month of one customer (or of a sum of customers) in the reporting currency."""

    month: date
    customer_id: str
    opening: Decimal = ZERO
    by_type: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(TYPES, ZERO))
    fx: Decimal = ZERO
    closing: Decimal = ZERO
    committed: Decimal = ZERO
    opening_constant: Decimal = ZERO
    closing_constant: Decimal = ZERO
    is_partial: bool = False


class Rates:
    """Daily rates with the age limit of the policy; asking for a missing one names the pair and the day."""

    def __init__(self, inputs: Inputs, policies: Policies) -> None:
        """Rates are 1 base = rate quote; the opposite pair is used where the direct one was never given."""
        self._rates, self._policies = inputs.rates, policies

    def rate(self, currency: str, on: date) -> Decimal:
        """What one unit of `currency` is worth in the reporting currency on that day; LookupError if too
        old.
        """
        quote = self._policies.reporting_currency
        if currency == quote:
            return Decimal(1)
        direct, opposite = self._rates.get((currency, quote)), self._rates.get((quote, currency))
        known = direct or opposite or {}
        for age in range(self._policies.fx_max_age_days + 1):
            found = known.get(on - timedelta(days=age))
            if found is not None:
                return found if direct else 1 / found
        raise LookupError(f"no rate {currency} to {quote} on {on} or in the days before it")

    def start_rate(self, currency: str, eve: date) -> Decimal:
        """The rate of a period that begins after `eve`: the last one by then at any age, else the first."""
        quote = self._policies.reporting_currency
        if currency == quote:
            return Decimal(1)
        direct, opposite = self._rates.get((currency, quote)), self._rates.get((quote, currency))
        known = direct or opposite or {}
        found = known[max((day for day in known if day <= eve), default=min(known))]
        return found if direct else 1 / found

    def value(self, native: Mapping[str, Decimal], on: date) -> Decimal:
        """Native balances in the reporting currency, each rounded once."""
        return sum((money(amount * self.rate(c, on)) for c, amount in sorted(native.items())), ZERO)


class Oracle:
    """The figures of one set of rows under one set of policies at one `as_of`."""

    def __init__(self, inputs: Inputs, policies: Policies, as_of: datetime) -> None:
        """`as_of` is aware; what becomes effective after it is in no figure but committed MRR."""
        self.inputs, self.policies, self.as_of = inputs, policies, as_of.astimezone(UTC)
        self.zone = ZoneInfo(policies.reporting_timezone)
        self.rates = Rates(inputs, policies)
        self.today = self.local_day(self.as_of)
        self.changes = {
            customer: CustomerItems(items, inputs, policies).changes(self.as_of)
            for customer, items in self._by_customer().items()
        }
        self.days = {customer: self._days(changes) for customer, changes in self.changes.items()}

    def local_day(self, at: datetime) -> date:
        """The local calendar day of an instant."""
        return at.astimezone(self.zone).date()

    def local_midnight(self, on: date) -> datetime:
        """The first instant of a local day."""
        return datetime.combine(on, time(), self.zone).astimezone(UTC)

    def _by_customer(self) -> dict[str, list[ItemVersion]]:
        found: dict[str, list[ItemVersion]] = {}
        for version in self.inputs.items:
            found.setdefault(self.inputs.customer_of(version), []).append(version)
        return dict(sorted(found.items()))

    def _days(self, changes: list[Change]) -> list[DayState]:
        bridged = self._bridged(changes)
        last_of_day = {self.local_day(change.at): change for change in bridged}
        fallen = self._fallen(bridged)
        return [
            DayState(on, change.native(), change.committed(), frozenset(fallen.get(on, ())), change)
            for on, change in sorted(last_of_day.items())
        ]

    def _fallen(self, changes: list[Change]) -> dict[date, set[str]]:
        """Local day to the statuses of the items that lost all their MRR on it and are still there."""
        found: dict[date, set[str]] = {}
        paid: set[tuple[str, str]] = set()
        for change in changes:
            for state in change.items:
                if not state.mrr and (state.version.subscription_id, state.version.item_id) in paid:
                    found.setdefault(self.local_day(change.at), set()).add(state.status)
            paid = {(s.version.subscription_id, s.version.item_id) for s in change.items if s.mrr}
        return found

    def _bridged(self, changes: list[Change]) -> list[Change]:
        """Short gaps between two paid times closed (policy gap_tolerance_days)."""
        limit = timedelta(days=self.policies.gap_tolerance_days)
        if not limit:
            return changes
        bridged: list[Change] = []
        for index, change in enumerate(changes):
            before = bridged[-1] if bridged else None
            if before is not None and before.native() and not change.native():
                back = next((c for c in changes[index:] if c.native()), None)
                gap_start = next(c.at for c in changes if c.at > before.at and not c.native())
                if back is not None and back.at - gap_start <= limit:
                    change = Change(change.at, before.items)
            bridged.append(change)
        return bridged

    # ---- states

    def state_on(self, customer_id: str, on: date) -> DayState | None:
        """The state at the end of a local day, None before the customer's first."""
        found = None
        for day in self.days[customer_id]:
            if day.on > on:
                break
            found = day
        return found

    def mrr_on(self, customer_id: str, on: date) -> Decimal:
        """MRR at the end of a local day at that day's rate."""
        state = self.state_on(customer_id, on)
        return self.rates.value(state.native, on) if state else ZERO

    def committed_on(self, customer_id: str, on: date) -> Decimal:
        """Committed MRR at the end of a local day at that day's rate."""
        state = self.state_on(customer_id, on)
        return self.rates.value(state.committed, on) if state else ZERO

    def constant_on(self, customer_id: str, on: date) -> Decimal:
        """MRR at the end of a local day at the rates of `constant_currency_date`."""
        state = self.state_on(customer_id, on)
        fixed = self.policies.constant_currency_date or date(self.today.year, 1, 1)
        return self.rates.value(state.native, fixed) if state else ZERO

    def at_start_rates(self, customer_id: str, on: date, eve: date) -> Decimal:
        """MRR at the end of a local day at the rates of a period that begins after `eve`."""
        state = self.state_on(customer_id, on)
        native = state.native if state else {}
        return sum(
            (money(amount * self.rates.start_rate(c, eve)) for c, amount in sorted(native.items()) if amount),
            ZERO,
        )

    # ---- movements

    def movements(self, customer_id: str) -> list[Movement]:
        """The customer's movements, at most one a day, in order."""
        found: list[Movement] = []
        previous: Mapping[str, Decimal] = {}
        last_positive: date | None = None
        for day in self.days[customer_id]:
            before, after = self.rates.value(previous, day.on), self.rates.value(day.native, day.on)
            if dict(day.native) != dict(previous) and before != after:
                kind_of_last = found[-1].kind if found else None
                type_, kind = self._classify(day, before, after, last_positive, kind_of_last)
                found.append(Movement(day.on, customer_id, type_, kind, before, after))
            if before and not after:
                last_positive = day.on
            previous = day.native
        return found

    def _classify(
        self,
        day: DayState,
        before: Decimal,
        after: Decimal,
        last_positive: date | None,
        last_kind: str | None,
    ) -> tuple[str, str | None]:
        if before and after:
            return ("expansion" if after > before else "contraction"), None
        if before:
            return "churn", self._kind_of_churn(day.fallen)
        if last_positive is None:
            return "new", None
        window = self.policies.reactivation_window_days
        if window is not None and (day.on - last_positive).days > window:
            return "new", None
        return "reactivation", "resume" if last_kind == "pause" else None

    def _kind_of_churn(self, fallen: frozenset[str]) -> str | None:
        """An item that goes on at no price tells more than a pause; an end, or a debt, has no kind here."""
        free = {"active", "trialing"} | ({"past_due"} if self.policies.past_due_max_days is None else set())
        return "free_downgrade" if fallen & free else "pause" if "paused" in fallen else None

    def ledger_deltas(self, customer_id: str) -> list[tuple[datetime, dict[str, Decimal]]]:
        """Native deltas at every instant of change: the ledger grain."""
        found, previous = [], dict[str, Decimal]()
        for change in self.changes[customer_id]:
            native = change.native()
            delta = {
                c: native.get(c, ZERO) - previous.get(c, ZERO)
                for c in sorted({*native, *previous})
                if native.get(c, ZERO) != previous.get(c, ZERO)
            }
            if delta:
                found.append((change.at, delta))
            previous = native
        return found

    # ---- months

    def months(self) -> list[date]:
        """First days of the months from the first change to the month of `as_of`, which may be unfinished."""
        first = min((days[0].on for days in self.days.values() if days), default=self.today)
        return list(month_range(first, self.today))

    def is_partial(self, month: date) -> bool:
        """Whether the month ends after `as_of`."""
        return self.local_midnight(next_month(month)) > self.as_of

    def closing_day(self, month: date) -> date:
        """The last day of the month, or today in an unfinished one."""
        return min(next_month(month) - timedelta(days=1), self.today)

    def roll_forward(self, customer_id: str) -> list[MonthRow]:
        """The customer's months, from its first change on, in which MRR or a movement is not 0."""
        days = self.days[customer_id]
        if not days:
            return []
        movements = self.movements(customer_id)
        rows: list[MonthRow] = []
        opening = opening_constant = ZERO
        for month in month_range(days[0].on, self.today):
            last = self.closing_day(month)
            row = MonthRow(month, customer_id, opening=opening, opening_constant=opening_constant)
            row.is_partial = self.is_partial(month)
            for movement in movements:
                if month <= movement.on <= last:
                    row.by_type[movement.type] += movement.delta
            row.closing, row.committed = self.mrr_on(customer_id, last), self.committed_on(customer_id, last)
            row.closing_constant = self.constant_on(customer_id, last)
            row.fx = row.closing - row.opening - sum(row.by_type.values(), ZERO)
            opening, opening_constant = row.closing, row.closing_constant
            if row.opening or row.closing or row.committed or row.fx or any(row.by_type.values()):
                rows.append(row)
        return rows

    def all_months(self) -> list[MonthRow]:
        """The roll-forward of every customer."""
        return [row for customer in self.days for row in self.roll_forward(customer)]

    def totals(self, segment: Callable[[str], str | None] | None = None) -> dict[tuple[date, str], MonthRow]:
        """The roll-forward summed over customers, by month and segment value (`all` without a segment)."""
        found: dict[tuple[date, str], MonthRow] = {}
        for row in self.all_months():
            value = "all" if segment is None else segment(row.customer_id)
            if value is None:
                continue
            total = found.setdefault(
                (row.month, value), MonthRow(row.month, value, is_partial=row.is_partial)
            )
            for name in ("opening", "fx", "closing", "committed", "opening_constant", "closing_constant"):
                setattr(total, name, getattr(total, name) + getattr(row, name))
            for name in TYPES:
                total.by_type[name] += row.by_type[name]
        return dict(sorted(found.items()))


def next_month(month: date) -> date:
    """The first day of the month after `month`'s."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def month_range(first: date, last: date) -> Iterable[date]:
    """First days of the months from `first`'s to `last`'s."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = next_month(month)
