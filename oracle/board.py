"""What investors ask: ARR by fiscal period, who pays most of MRR, retention by band and with usage.

Section 9 of the specification of finance, in plain loops over months and customers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from oracle.inputs import RawRow, instant, number
from oracle.ledger import TYPES, ZERO, Oracle, next_month
from oracle.payments import ratio
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
        if line["kind"] != "usage" or invoice["status"] not in ("open", "paid", "uncollectible"):
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


def usage_retention(
    oracle: Oracle, usage: Mapping[tuple[str, date], Decimal], month: date, months: int
) -> list[Decimal | int | float | None]:
    """Customers with MRR or usage before a period, both at its start and at its end, and NRR of the sum."""
    before, first = later(month, -months), later(month, 1 - months)
    eve, last = first - timedelta(days=1), oracle.closing_day(month)
    started = {customer: oracle.mrr_on(customer, eve) for customer in oracle.days}
    used = {customer: amount for (customer, of), amount in usage.items() if of == before}
    count, start, end, usage_end = 0, ZERO, ZERO, ZERO
    for customer in {customer for customer, amount in started.items() if amount} | used.keys():
        count += 1
        start += started.get(customer, ZERO)
        if started.get(customer):
            end += oracle.at_start_rates(customer, last, eve)
        elif customer in oracle.days:
            end += oracle.mrr_on(customer, last)
        usage_end += usage.get((customer, month), ZERO)
    usage_start = sum(used.values(), ZERO)
    return [count, start, usage_start, end, usage_end, ratio(end + usage_end, start + usage_start)]
