"""What investors ask: ARR, concentration, retention by band and with usage, renewals, efficiency.

Section 9 of the specification of finance, in plain loops over months and customers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from oracle.inputs import RawRow, flag, instant, number
from oracle.ledger import TYPES, ZERO, Oracle, next_month
from oracle.payments import ratio
from oracle.revenue import USED
from oracle.states import money

SHARES = (1, 5, 10, 20)
TENURES = (
    (4, "month 1 to 3"), (7, "month 4 to 6"), (13, "month 7 to 12"), (25, "month 13 to 24"),
    (37, "month 25 to 36"), (None, "month 37 and later"),
)  # fmt: skip
SIZES = ((100, "under 100"), (1000, "100 to 1000"), (10000, "1000 to 10000"), (None, "10000 and over"))


@dataclass(slots=True)
class ArrPeriod:
    """ARR over one fiscal quarter or year, in the reporting currency."""

    fiscal_year: int
    fiscal_quarter: int | None
    opening: Decimal = ZERO
    by_type: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(TYPES, ZERO))
    fx: Decimal = ZERO
    closing: Decimal = ZERO
    committed: Decimal = ZERO
    """What is known to end left out, what is scheduled to change included."""
    last_month: date = date.min
    is_partial: bool = False


def fiscal_periods(month: date, first_month: int) -> tuple[date, date]:
    """The first days of the fiscal quarter and of the fiscal year that a month lies in."""
    year = date(month.year - (month.month < first_month), first_month, 1)
    return later(year, (month.month - first_month) % 12 // 3 * 3), year


def later(month: date, months: int) -> date:
    """The first day of the month so many months after another."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def arr_waterfall(oracle: Oracle) -> Mapping[tuple[str, date], ArrPeriod]:
    """Every fiscal quarter and year from the first MRR on, by its length and first day."""
    first_month = oracle.policies.fiscal_year_start
    totals = {month: row for (month, _), row in oracle.totals().items()}
    found: dict[tuple[str, date], ArrPeriod] = {}
    balance = committed = ZERO
    for month in oracle.months():
        quarter, year = fiscal_periods(month, first_month)
        named = year.year + (first_month > 1)
        place = 1 + (quarter.year * 12 + quarter.month - year.year * 12 - year.month) // 3
        row = totals.get(month)
        closing, committed = (row.closing, row.committed) if row else (ZERO, ZERO)
        for key, number_of in ((("quarter", quarter), place), (("fiscal_year", year), None)):
            period = found.setdefault(key, ArrPeriod(named, number_of, opening=12 * balance))
            for name in TYPES:
                period.by_type[name] += 12 * row.by_type[name] if row else ZERO
            period.fx += 12 * row.fx if row else ZERO
            period.closing, period.committed, period.last_month = 12 * closing, 12 * committed, month
            period.is_partial = oracle.is_partial(month)
        balance = closing
    for period in found.values():
        # What is scheduled was told by now, so it counts for a period that ends now.
        if oracle.local_midnight(next_month(period.last_month)) == oracle.as_of:
            period.committed = 12 * committed
    return found


def balances(oracle: Oracle, month: date) -> dict[str, Decimal]:
    """MRR of every customer that has some at the end of a month."""
    last = oracle.closing_day(month)
    found = {customer: oracle.mrr_on(customer, last) for customer in oracle.days}
    return {customer: amount for customer, amount in found.items() if amount}


def concentration(amounts: Mapping[str, Decimal]) -> list[float]:
    """The shares of the largest 1, 5, 10 and 20, and the Herfindahl index."""
    total = sum(amounts.values(), ZERO)
    ordered = sorted(amounts.values(), reverse=True)
    shares = [float(sum(ordered[:count], ZERO) / total) for count in SHARES]
    return [*shares, sum(float(amount / total) ** 2 for amount in ordered)]


@dataclass(slots=True)
class Band:
    """The customers of one band when a period began, and what became of them."""

    customers: int = 0
    churned: int = 0
    starting: Decimal = ZERO
    kept: Decimal = ZERO
    ending: Decimal = ZERO


def retention_bands(
    oracle: Oracle, month: date, months: int, is_churned: Callable[[str, date, date], bool]
) -> Mapping[tuple[str, str], Band]:
    """Who had MRR when the period began, by tenure and by that MRR; `is_churned` asks between two days."""
    first = later(month, 1 - months)
    eve, last = first - timedelta(days=1), oracle.closing_day(month)
    found: dict[tuple[str, str], Band] = defaultdict(Band)
    for customer in oracle.days:
        start = oracle.mrr_on(customer, eve)
        if not start:
            continue
        began = next(move.on for move in oracle.movements(customer) if move.type == "new")
        tenure = first.year * 12 + first.month - began.year * 12 - began.month
        end = oracle.at_start_rates(customer, last, eve)
        for key in (
            ("all", "all"),
            ("tenure", _band(TENURES, tenure)),
            ("starting_mrr", _band(SIZES, start)),
        ):
            band = found[key]
            band.customers += 1
            band.churned += is_churned(customer, eve, last)
            band.starting, band.ending = band.starting + start, band.ending + end
            band.kept += min(start, end)
    return found


def _band(bands: Iterable[tuple[int | None, str]], value: Decimal | int) -> str:
    return next(label for below, label in bands if below is None or value < below)


def usage_by_month(oracle: Oracle, tables: Mapping[str, list[RawRow]]) -> dict[tuple[str, date], Decimal]:
    """Usage MRR of every customer and month: the mean of what was invoiced for it and the two before."""
    invoices = {row["invoice_id"]: row for row in tables["invoices"]}
    invoiced: dict[tuple[str, date], Decimal] = defaultdict(lambda: ZERO)
    for line in tables["invoice_lines"]:
        invoice = invoices[line["invoice_id"]]
        if line["kind"] not in USED or invoice["status"] not in ("open", "paid", "uncollectible"):
            continue
        at = instant(line["service_start_at"]) or instant(invoice["issued_at"])
        assert at is not None
        on, amount = oracle.local_day(at), number(line["amount_ex_tax"])
        month = on.replace(day=1)
        if amount and not oracle.is_partial(month):
            worth = oracle.rates.value({line["currency"]: amount}, on)
            invoiced[invoice["customer_id"], month] += worth
    months: dict[tuple[str, date], list[Decimal]] = defaultdict(list)
    for (customer, month), amount in invoiced.items():
        for ahead in range(3):
            months[customer, later(month, ahead)].append(amount)
    means = {key: money(max(sum(found, ZERO), ZERO) / len(found)) for key, found in months.items()}
    return {key: amount for key, amount in means.items() if amount and not oracle.is_partial(key[1])}


def usage_of_customers(
    oracle: Oracle, usage: Mapping[tuple[str, date], Decimal], month: date, months: int
) -> dict[str, list[Decimal]]:
    """Of each customer with MRR or usage before a period: both at its start, and both at its end."""
    before, first = later(month, -months), later(month, 1 - months)
    eve, last = first - timedelta(days=1), oracle.closing_day(month)
    started = {customer: oracle.mrr_on(customer, eve) for customer in oracle.days}
    used = {customer: amount for (customer, of), amount in usage.items() if of == before}
    found = {}
    for customer in {customer for customer, amount in started.items() if amount} | used.keys():
        start, end = started.get(customer, ZERO), ZERO
        if start:
            end = oracle.at_start_rates(customer, last, eve)
        elif customer in oracle.days:
            end = oracle.mrr_on(customer, last)
        found[customer] = [start, used.get(customer, ZERO), end, usage.get((customer, month), ZERO)]
    return found


def usage_retention(
    oracle: Oracle, usage: Mapping[tuple[str, date], Decimal], month: date, months: int
) -> list[Decimal | int | float | None]:
    """How many they are, what they had at both ends of the period, and NRR of the sum."""
    rows = usage_of_customers(oracle, usage, month, months).values()
    start, usage_start, end, usage_end = (sum((row[place] for row in rows), ZERO) for place in range(4))
    return [len(rows), start, usage_start, end, usage_end, ratio(end + usage_end, start + usage_start)]


@dataclass(frozen=True, slots=True)
class Efficiency:
    """What the growth of one fiscal quarter cost; None where something of it was not delivered."""

    sales_marketing: Decimal | None
    total_costs: Decimal | None
    customer_cash: Decimal | None
    magic_number: float | None
    burn_multiple: float | None


def costs_by_month(oracle: Oracle, rows: Iterable[RawRow]) -> dict[tuple[date, str], Decimal]:
    """The books' costs by month and category, each at the rate of the month's last day."""
    found: dict[tuple[date, str], Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        month = date.fromisoformat(str(row["cost_month"])).replace(day=1)
        if month <= oracle.today:
            rate = oracle.rates.rate(row["currency"], oracle.closing_day(month))
            found[month, row["category"]] += money(Decimal(str(row["amount"])) * rate)
    return dict(found)


def efficiency(
    booked: Mapping[tuple[date, str], Decimal],
    campaigns: Mapping[date, Decimal],
    cash: Mapping[date, Decimal],
    net_new: Mapping[date, Decimal],
    quarter: date,
) -> Efficiency:
    """Of a complete quarter: costs by month and category, those of campaigns, cash and net new ARR."""
    cost, before = (_sales_marketing(booked, campaigns, first) for first in (quarter, later(quarter, -3)))
    months = [later(quarter, ahead) for ahead in range(3)]
    categories = {name for month, name in booked if month in months and name != "sales_marketing"}
    total = cost
    for name in categories:
        parts = [booked.get((month, name)) for month in months]
        total = None if total is None or None in parts else total + sum(filter(None, parts), ZERO)
    total = total if categories else None
    came = [cash.get(month) for month in months]
    cash_in = None if None in came else sum(filter(None, came), ZERO)
    grown = net_new[quarter]
    burned = None if total is None or cash_in is None else total - cash_in
    return Efficiency(
        cost, total, cash_in, None if before is None else ratio(grown, before),
        None if burned is None or grown <= 0 else ratio(burned, grown),
    )  # fmt: skip


def _sales_marketing(
    booked: Mapping[tuple[date, str], Decimal], campaigns: Mapping[date, Decimal], quarter: date
) -> Decimal | None:
    total = ZERO
    for ahead in range(3):
        month = later(quarter, ahead)
        cost = booked.get((month, "sales_marketing"), campaigns.get(month))
        if cost is None:
            return None
        total += cost
    return total


@dataclass(frozen=True, slots=True)
class Renewal:
    """The end of one subscription's term, with its MRR before and (None while that is open) after it."""

    starts_on: date
    due: Decimal
    after: Decimal | None

    @property
    def outcome(self) -> str:
        """Renewed, expanded, contracted, churned or open."""
        if self.after is None:
            return "open"
        if not self.after:
            return "churned"
        return "renewed" if self.after == self.due else "expanded" if self.after > self.due else "contracted"


def renewals(oracle: Oracle, tables: Mapping[str, list[RawRow]]) -> Mapping[tuple[str, date], Renewal]:
    """Every term that a whole recurring invoice line bills and no longer one runs over, by its last day."""
    terms: dict[str, set[tuple[datetime, datetime]]] = defaultdict(set)
    for line, _ in _whole_lines(oracle, tables):
        start, end = instant(line["service_start_at"]), instant(line["service_end_at"])
        assert start is not None and end is not None
        terms[line["subscription_id"]].add((start, end))
    owners = {
        item.version.subscription_id: customer
        for customer, changes in oracle.changes.items()
        for change in changes
        for item in change.items
    }
    found = {}
    for subscription, spans in terms.items():
        for end in {end for _, end in spans}:
            if any(start + timedelta(days=1) < end < other for start, other in spans):
                continue
            on = oracle.local_day(end)
            starts_on = oracle.local_day(min(start for start, other in spans if other == end))
            settled = on + timedelta(days=30 if (on - starts_on).days > 62 else 1)
            eve = min(on.replace(day=1), next_month(oracle.today.replace(day=1))) - timedelta(days=1)
            customer = owners.get(subscription)
            if customer is None:
                continue
            due = _mrr_of(oracle, customer, subscription, on - timedelta(days=2), eve)
            after = _mrr_of(oracle, customer, subscription, settled, eve)
            if due:
                found[subscription, on] = Renewal(starts_on, due, after if settled < oracle.today else None)
    return found


def _whole_lines(oracle: Oracle, tables: Mapping[str, list[RawRow]]) -> Iterable[tuple[RawRow, RawRow]]:
    """Recurring lines of issued invoices that bill a whole period of their price, with the invoice."""
    invoices = {row["invoice_id"]: row for row in tables["invoices"]}
    prices = {row["price_id"]: row for row in tables["prices"]}
    days = {"day": 1, "week": 7, "month": 28, "quarter": 84, "year": 336}
    for line in tables["invoice_lines"]:
        invoice, price = invoices[line["invoice_id"]], prices.get(line["price_id"])
        start, end = instant(line["service_start_at"]), instant(line["service_end_at"])
        if line["kind"] != "recurring" or flag(line["is_proration"]) or price is None or not start or not end:
            continue
        shortest = days[price["interval_unit"]] * int(price["interval_count"])
        if (
            invoice["status"] in ("open", "paid", "uncollectible")
            and start <= oracle.as_of
            and end + timedelta(days=1) >= start + timedelta(days=shortest)
        ):
            yield line, invoice


def _mrr_of(oracle: Oracle, customer: str, subscription: str, on: date, eve: date) -> Decimal:
    """MRR of a subscription at the end of a day at the rates of a period that begins after `eve`."""
    state = oracle.state_on(customer, on)
    native: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for item in state.change.items if state else ():
        if item.version.subscription_id == subscription:
            native[item.version.currency] += item.mrr
    return sum((money(amount * oracle.rates.start_rate(c, eve)) for c, amount in native.items()), ZERO)
