"""What is still to be delivered at each month's end: finance specification, section 4."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from oracle.books import ZERO, Books, Line, moment
from oracle.inputs import RawRow, instant
from oracle.ledger import month_range, next_month
from oracle.revenue import rounded
from oracle.states import ItemState
from orchestration.synthetic.clock import add_months, add_periods


@dataclass(frozen=True, slots=True)
class Obligations:
    """One month and customer, in the reporting currency; usage in the units of its meters."""

    billed_not_recognised: Decimal
    contracted_not_billed: Decimal
    within_12_months: Decimal
    recognised_not_billed: Decimal
    usage_not_invoiced: Decimal


class Contracts:
    """Until when each item of each subscription is billed, as the invoices of a month tell it."""

    def __init__(self, books: Books) -> None:
        """Lines that give back bill nothing, nor do invoices that were withdrawn."""
        self.books = books
        self._subscriptions = {row["subscription_id"]: row for row in books.tables["subscriptions"]}
        self._billed: dict[str, list[tuple[date, str, datetime]]] = defaultdict(list)
        for invoice, row in books.all_lines:
            if row["kind"] == "recurring" and row["amount_ex_tax"] >= 0 and invoice["status"] != "void":
                self._billed[row["subscription_id"]].append(
                    (books.booking_month(invoice), row["item_id"], moment(row["service_end_at"]))
                )

    def month_end(self, month: date) -> datetime:
        """The instant at which a month ends; of the unfinished one now."""
        oracle = self.books.oracle
        return min(oracle.local_midnight(next_month(month)), oracle.as_of)

    def billed_until(self, month: date, subscription: str, item: str | None = None) -> datetime | None:
        """Until when a subscription, or one item of it, is billed by the invoices up to a month's."""
        ends = [
            end for booked, billed_item, end in self._billed[subscription]
            if booked <= month and item in (None, billed_item)
        ]  # fmt: skip
        return max(ends, default=None)

    def term_end(self, subscription: str, month: date, items: list[ItemState], since: datetime) -> datetime:
        """When the current term of a subscription ends that is not over at the month's end."""
        row = self._subscriptions[subscription]
        now, ends = self.month_end(month), instant(row.get("ends_at"))
        asked = instant(row.get("cancel_requested_at"))
        if ends is not None and ends > now and (asked is None or asked < now):
            return ends
        billed = self.billed_until(month, subscription)
        if billed is not None and billed >= now:
            return billed
        longest = max(items, key=lambda state: _days(state))
        unit, count = longest.version.interval_unit, longest.version.interval_count
        end, periods = billed or since, 0
        while end < now:
            periods += 1
            end = add_periods(billed or since, unit, count, periods)
        return end


def _days(state: ItemState) -> Fraction:
    days = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
    return Fraction(days[state.version.interval_unit] * state.version.interval_count)


def months_between(start: datetime, end: datetime) -> Fraction:
    """Whole months, and the share of the one that is not whole; files write whole seconds."""
    start, end = start.replace(microsecond=0), end.replace(microsecond=0)
    whole = 0
    while add_months(start, whole + 1) <= end:
        whole += 1
    reached, following = add_months(start, whole), add_months(start, whole + 1)
    return whole + Fraction((end - reached) // timedelta(seconds=1), (following - reached) // timedelta(
    seconds=1))  # fmt: skip


def obligations(books: Books) -> Mapping[tuple[str, date], Obligations]:
    """By customer and month, where something is left or waits."""
    oracle = books.oracle
    contracts, lines = Contracts(books), _by_customer(books.lines)
    waiting = _usage(books)
    first = min([*(line.booking_month for line in books.lines), *oracle.months()])
    found = {}
    for customer in {*lines, *oracle.days, *(who for who, _ in waiting)}:
        since = _first_mrr(books, customer)
        for month in month_range(first, oracle.today):
            contracted, soon = _contracted(contracts, customer, month, since)
            own = lines.get(customer, [])
            billed = sum((line.deferred(month) for line in own), ZERO)
            year_on = add_months(datetime(month.year, month.month, 1), 12).date()
            later = sum((line.deferred(year_on) for line in own if line.booking_month <= month), ZERO)
            row = Obligations(
                billed, contracted, billed - later + soon, sum((line.unbilled(month) for line in own), ZERO),
                waiting.get((customer, month), ZERO),
            )  # fmt: skip
            if row.billed_not_recognised or contracted or row.recognised_not_billed or row.usage_not_invoiced:
                found[customer, month] = row
    return found


def _by_customer(lines: Iterable[Line]) -> Mapping[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.invoice["customer_id"]].append(line)
    return found


def _first_mrr(books: Books, customer: str) -> Mapping[str, datetime]:
    """When each subscription of a customer first had MRR."""
    found: dict[str, datetime] = {}
    for change in books.oracle.changes.get(customer, []):
        for state in change.items:
            if state.mrr:
                found.setdefault(state.version.subscription_id, change.at)
    return found


def _contracted(
    contracts: Contracts, customer: str, month: date, since: Mapping[str, datetime]
) -> tuple[Decimal, Decimal]:
    """Contracted and not billed, in all and within 12 months, at the rate of the month's end."""
    oracle = contracts.books.oracle
    day, now = oracle.closing_day(month), contracts.month_end(month)
    state = oracle.state_on(customer, day) if customer in oracle.days else None
    by_subscription: dict[str, list[ItemState]] = defaultdict(list)
    for item in state.change.items if state else ():
        if item.mrr:
            by_subscription[item.version.subscription_id].append(item)
    whole, soon = defaultdict[str, Fraction](Fraction), defaultdict[str, Fraction](Fraction)
    for subscription, items in by_subscription.items():
        end = contracts.term_end(subscription, month, items, since[subscription])
        for item in items:
            billed = contracts.billed_until(month, subscription, item.version.item_id)
            start = max(now, billed or now)
            for until, into in ((end, whole), (min(end, add_months(now, 12)), soon)):
                if until > start:
                    into[item.version.currency] += Fraction(item.mrr) * months_between(start, until)
    in_all, in_a_year = (
        {currency: rounded(amount, 4) for currency, amount in found.items()} for found in (whole, soon)
    )
    return oracle.rates.value(in_all, day), oracle.rates.value(in_a_year, day)


def _usage(books: Books) -> Mapping[tuple[str, date], Decimal]:
    """Usage by customer and month whose period no invoice of that month or before tells of."""
    oracle = books.oracle
    owners = {row["subscription_id"]: row["customer_id"] for row in books.tables["subscriptions"]}
    told: dict[str, list[tuple[date, RawRow]]] = defaultdict(list)
    for invoice, row in books.all_lines:
        if row["kind"] == "usage" and invoice["status"] != "void":
            told[row["subscription_id"]].append((books.booking_month(invoice), row))
    found: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for record in books.tables.get("usage_records", []):
        at = moment(record["used_at"])
        months = [
            month for month, row in told[record["subscription_id"]]
            if row["item_id"] == record["item_id"] and at < moment(row["service_end_at"])
            and (instant(row["service_start_at"]) or at) <= at
        ]  # fmt: skip
        for month in month_range(oracle.local_day(at), oracle.today):
            if month < min(months, default=next_month(oracle.today)):
                found[owners[record["subscription_id"]], month] += Decimal(record["quantity"])
    return found
