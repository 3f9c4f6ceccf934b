"""From contracted MRR to invoices to revenue, step by step: finance specification, section 4."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from oracle.books import ZERO, Books, Line, moment
from oracle.inputs import RawRow
from oracle.ledger import month_range
from oracle.obligations import Contracts
from oracle.revenue import EARNING, USED, rounded
from oracle.states import ItemState, money, per_month
from orchestration.landing.currencies import iso_4217

TIMING = ("monthly_timing", "quarterly_timing", "yearly_timing", "other_timing")
BILLING = (
    *TIMING, "not_yet_invoiced", "proration", "discount_once", "one_time", "usage", "prepaid", "rounding",
    "voided_invoices", "unexplained",
)  # fmt: skip
REVENUE = (
    "fx_rate", "deferred", "released", "accrued", "accrued_before", "credit_notes", "refunds", "voids",
    "bad_debt", "disputes",
)  # fmt: skip
CLASSES = {
    "credit_note": "credit_notes", "refund": "refunds", "void": "voids", "bad_debt": "bad_debt",
    "dispute": "disputes",
}  # fmt: skip
Steps = dict[str, Decimal]
Natives = dict[tuple[str, date, str], Steps]


def bridge(books: Books) -> Mapping[tuple[str, date], Mapping[str, Decimal]]:
    """Customer and month to the amount of each step, both ends and revenue, in the reporting currency."""
    found: dict[tuple[str, date], Steps] = defaultdict(lambda: defaultdict(Decimal))
    for (customer, month, currency), steps in _natives(books).items():
        rate = books.oracle.rates.rate(currency, books.oracle.closing_day(month))
        row, level = found[customer, month], steps["contracted_mrr"]
        row["contracted_mrr"] += money(level * rate)
        for step in BILLING:
            row[step] += money((level + steps[step]) * rate) - money(level * rate)
            level += steps[step]
        row["invoiced"] += money(level * rate)
        row["fx_rate"] -= money(level * rate)
    for line in books.lines:
        for month, steps in _of_line(line).items():
            if month <= books.oracle.today:
                for step, amount in steps.items():
                    found[line.invoice["customer_id"], month][step] += amount
    for invoice in books.invoices:
        rate = books.oracle.rates.rate(invoice["currency"], books.booked_on(invoice))
        tax = money(Decimal(invoice["tax_total"]) * rate)
        found[invoice["customer_id"], books.booking_month(invoice)]["tax"] += tax
    return {key: steps for key, steps in found.items() if any(steps.values())}


def _of_line(line: Line) -> Mapping[date, Steps]:
    """The steps from an invoice to revenue that one line has, by month."""
    found: dict[date, Steps] = defaultdict(lambda: defaultdict(Decimal))
    value, booked = line.value(line.amount), line.booking_month
    found[booked]["fx_rate"] += value
    found[booked]["deferred"] -= value
    for month, kind, amount in line.revenue():
        found[month]["net_revenue"] += amount
        if kind not in EARNING:
            found[month][CLASSES[kind]] += amount
        elif month > booked:
            found[month]["released"] += amount
        else:
            # What is earned by the end of the invoice's month is never deferred.
            found[booked]["deferred"] += amount
            if month < booked:
                found[month]["accrued"] += amount
                found[booked]["accrued_before"] -= amount
    return found


def _natives(books: Books) -> Natives:
    """The steps from MRR to invoices, by customer, month and currency, native."""
    found: Natives = defaultdict(lambda: defaultdict(Decimal))
    contracts, oracle = Contracts(books), books.oracle
    for customer, days in oracle.days.items():
        for month in month_range(days[0].on, oracle.today):
            state = oracle.state_on(customer, oracle.closing_day(month))
            for item in state.change.items if state else ():
                if item.mrr:
                    version = item.version
                    steps = found[customer, month, version.currency]
                    until = contracts.billed_until(month, version.subscription_id, version.item_id)
                    billed = until is not None and until >= contracts.month_end(month)
                    steps["contracted_mrr"] += item.mrr
                    steps[_timing(item) if billed else "not_yet_invoiced"] -= item.mrr
    for invoice, row in books.all_lines:
        steps = found[invoice["customer_id"], books.booking_month(invoice), invoice["currency"]]
        if invoice["status"] == "void":
            steps["voided_invoices"] += row["amount_ex_tax"]
        elif row["kind"] == "credit_purchase":
            steps["prepaid"] += row["amount_ex_tax"]
        elif row["kind"] in USED:
            steps["usage"] += row["amount_ex_tax"]
        elif row["kind"] != "recurring":
            steps[row["kind"]] += row["amount_ex_tax"]
        elif row["is_proration"]:
            steps["proration"] += row["amount_ex_tax"]
        else:
            _compare(books, steps, invoice, row)
    return found


def _timing(item: ItemState) -> str:
    units = {("month", 1): 0, ("quarter", 1): 1, ("year", 1): 2}
    return TIMING[units.get((item.version.interval_unit, item.version.interval_count), 3)]


def _compare(books: Books, steps: Steps, invoice: RawRow, row: RawRow) -> None:
    """A line of a whole period beside the terms in force as it begins."""
    amount, start = Decimal(row["amount_ex_tax"]), moment(row["service_start_at"])
    item = _terms(books, invoice["customer_id"], row, start)
    if item is None:
        steps["unexplained"] += amount
        return
    places = iso_4217()[invoice["currency"]]
    share = per_month(item.version.interval_unit, item.version.interval_count, books.oracle.policies)
    expected = rounded(Fraction(item.mrr) / share, places)
    taken = rounded(item.list_mrr / share, places) - expected
    once = max(row["discount_amount"] - taken, ZERO) if _has_coupon(books, invoice, row) else ZERO
    is_late = books.oracle.local_day(start).replace(day=1) < books.booking_month(invoice)
    steps["not_yet_invoiced" if is_late else _timing(item)] += expected
    steps["discount_once"] -= once
    difference = amount + once - expected
    is_rounding = abs(difference) <= Decimal(1).scaleb(-places)
    steps["rounding" if is_rounding else "unexplained"] += difference


def _terms(books: Books, customer: str, row: RawRow, at: datetime) -> ItemState | None:
    last = None
    for change in books.oracle.changes.get(customer, []):
        if change.at <= at:
            last = change
    for item in last.items if last else ():
        if (item.version.subscription_id, item.version.item_id) == (row["subscription_id"], row["item_id"]):
            return item if item.mrr else None
    return None


def _has_coupon(books: Books, invoice: RawRow, row: RawRow) -> bool:
    """Whether some discount of the subscription was in force as the line's period began."""
    issued, start = moment(invoice["issued_at"]), moment(row["service_start_at"])
    return any(
        discount.subscription_id == row["subscription_id"]
        and discount.starts_at <= issued
        and (discount.ends_at is None or discount.ends_at > start)
        for discount in books.oracle.inputs.discounts
    )
