"""The true list of leakage: every leak that was planted, with its figures (specification, section 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from oracle.ledger import Oracle
from oracle.states import FOUR_PLACES
from orchestration.synthetic.bills import amount, moment
from orchestration.synthetic.catalogue import money
from orchestration.synthetic.company import Company
from orchestration.synthetic.events import Event, Row, fold
from orchestration.synthetic.leaks import Leak, Planted


@dataclass(frozen=True, slots=True)
class Finding:
    """One leak as the list of leakage has to show it, in the reporting currency."""

    leak: Leak
    subscription_id: str
    invoice_id: str | None
    expected: Decimal
    actual: Decimal
    amount_at_risk: Decimal
    since: date


@dataclass(frozen=True, slots=True)
class Case:
    """A planted leak beside the life as it would be without it."""

    planted: Planted
    right: list[Event]
    oracle: Oracle

    def lines(self, events: list[Event], invoice_id: str | None) -> list[Row]:
        """The lines of whole periods on an invoice, in one of the two lives."""
        return [
            row for row in fold(events)["invoice_lines"].values()
            if row["invoice_id"] == invoice_id and row["kind"] == "recurring" and not row["is_proration"]
        ]  # fmt: skip

    def invoice(self, events: list[Event], invoice_id: str | None) -> Row:
        """An invoice in one of the two lives."""
        return fold(events)["invoices"][(invoice_id,)]

    def valued(self, native: Decimal, currency: object, on: date) -> Decimal:
        """An amount in the reporting currency at a day's rate."""
        return self.oracle.rates.value({str(currency): native}, on)

    def finding(self, figures: tuple[Decimal, Decimal, Decimal], since: date) -> Finding:
        """The finding with its expected, actual and amount at risk."""
        planted = self.planted
        return Finding(planted.leak, planted.subscription_id, planted.invoice_id, *figures, since)


def findings(company: Company, oracle: Oracle) -> list[Finding]:
    """All findings of a company, in the order of its customers."""
    return [FIGURES[planted.leak](Case(planted, right, oracle)) for planted, right in company.planted()]


def _sum(rows: list[Row], column: str) -> Decimal:
    return sum((amount(row[column]) for row in rows), Decimal(0))


def _misbilled(case: Case) -> Finding:
    """What the lines should have come to beside what they do."""
    invoice_id = case.planted.invoice_id
    right, wrong = case.lines(case.right, invoice_id), case.lines(case.planted.events, invoice_id)
    on = case.oracle.local_day(moment(case.invoice(case.right, invoice_id)["issued_at"]))
    currency = right[0]["currency"]
    # Each line is worth what it is worth by itself.
    expected, actual = (
        sum((case.valued(amount(row["amount_ex_tax"]), currency, on) for row in rows), Decimal(0))
        for rows in (right, wrong)
    )
    difference = case.valued(abs(_sum(wrong, "amount_ex_tax") - _sum(right, "amount_ex_tax")), currency, on)
    since = case.oracle.local_day(moment(right[0]["service_start_at"]))
    return case.finding((expected, actual, difference), since)


def _expired_coupon_applied(case: Case) -> Finding:
    """What the coupon took off."""
    lines = case.lines(case.planted.events, case.planted.invoice_id)
    on = case.oracle.local_day(moment(case.invoice(case.right, case.planted.invoice_id)["issued_at"]))
    taken = case.valued(_sum(lines, "discount_amount"), lines[0]["currency"], on)
    return case.finding(
        (Decimal(0), taken, taken), case.oracle.local_day(moment(lines[0]["service_start_at"]))
    )


def _long_past_due(case: Case) -> Finding:
    """All of the invoice, with tax."""
    invoice = case.invoice(case.planted.events, case.planted.invoice_id)
    on = case.oracle.local_day(moment(invoice["issued_at"]))
    due = case.valued(amount(invoice["total"]), invoice["currency"], on)
    return case.finding((due, Decimal(0), due), case.oracle.local_day(moment(invoice["due_at"])))


def _invoiced_without_subscription(case: Case) -> Finding:
    """All of its lines, before tax."""
    lines = case.lines(case.planted.events, case.planted.invoice_id)
    on = case.oracle.local_day(moment(lines[0]["service_start_at"]))
    billed = case.valued(_sum(lines, "amount_ex_tax"), lines[0]["currency"], on)
    return case.finding((Decimal(0), billed, billed), on)


def _active_not_invoiced(case: Case) -> Finding:
    """Every invoice that is missing, once; at the rate of the last day."""
    issued = {row["invoice_id"] for row in fold(case.planted.events)["invoices"].values()}
    missing = [
        row for row in fold(case.right)["invoices"].values()
        if row["subscription_id"] == case.planted.subscription_id and row["invoice_id"] not in issued
    ]  # fmt: skip
    first = min(missing, key=lambda row: moment(row["issued_at"]))
    lines = case.lines(case.right, str(first["invoice_id"]))
    native = money(_sum(lines, "amount_ex_tax") * len(missing), str(first["currency"]))
    lost = case.valued(native, first["currency"], case.oracle.today)
    since = case.oracle.local_day(moment(lines[0]["service_start_at"]))
    return case.finding((lost, Decimal(0), lost), since)


def _metered_without_usage(case: Case) -> Finding:
    """The customer's usage as invoiced: the mean of the last three full months, or of those with some."""
    events = fold(case.planted.events)
    owner = events["subscriptions"][(case.planted.subscription_id,)]["customer_id"]
    by_month: dict[int, Decimal] = {}
    last = case.oracle.today.year * 12 + case.oracle.today.month - 1
    for line in events["invoice_lines"].values():
        on = case.oracle.local_day(moment(line["service_end_at"]))
        age = last - (on.year * 12 + on.month)
        invoice = events["invoices"][(line["invoice_id"],)]
        if line["kind"] == "usage" and invoice["customer_id"] == owner and 0 <= age < 3:
            used = case.valued(amount(line["amount_ex_tax"]), line["currency"], on)
            by_month[age] = by_month.get(age, Decimal(0)) + used
    mean = (sum(by_month.values(), Decimal(0)) / max(len(by_month), 1)).quantize(FOUR_PLACES, ROUND_HALF_UP)
    told = [
        moment(row["used_at"]) for row in events["usage_records"].values()
        if row["subscription_id"] == case.planted.subscription_id
    ]  # fmt: skip
    return case.finding((mean, Decimal(0), mean), case.oracle.local_day(max(told)))


FIGURES: dict[Leak, Callable[[Case], Finding]] = {
    Leak.UNDERBILLED: _misbilled,
    Leak.OVERBILLED: _misbilled,
    Leak.EXPIRED_COUPON_APPLIED: _expired_coupon_applied,
    Leak.LONG_PAST_DUE: _long_past_due,
    Leak.INVOICED_WITHOUT_SUBSCRIPTION: _invoiced_without_subscription,
    Leak.ACTIVE_NOT_INVOICED: _active_not_invoiced,
    Leak.METERED_WITHOUT_USAGE: _metered_without_usage,
}
