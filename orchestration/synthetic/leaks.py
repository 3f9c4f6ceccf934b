"""Leaks that are planted into lives which were billed rightly: what a list of leakage has to find, no more
and no less. Each is told apart from what is right by nothing but what the billing system wrote down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from orchestration.synthetic.bills import Bill, Life, amount, moment, rebilled
from orchestration.synthetic.catalogue import money
from orchestration.synthetic.clock import add_periods
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Event, Kind, Row, fold

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
QUIET = 45 * DAY
"""So long before and after an invoice nothing changes: a delivery a month tells its terms all the same."""
REPORTING_END = 120 * DAY
"""How long before the end a meter falls silent: longer than the longest period billed with usage here."""


class Leak(Enum):
    """What went wrong, by the name of the finding that it is."""

    METERED_WITHOUT_USAGE = "metered_without_usage"
    EXPIRED_COUPON_APPLIED = "expired_coupon_applied"
    LONG_PAST_DUE = "long_past_due"
    INVOICED_WITHOUT_SUBSCRIPTION = "invoiced_without_subscription"
    ACTIVE_NOT_INVOICED = "active_not_invoiced"
    UNDERBILLED = "underbilled"
    OVERBILLED = "overbilled"


CHANCES = {
    Leak.METERED_WITHOUT_USAGE: 0.6, Leak.EXPIRED_COUPON_APPLIED: 0.6, Leak.LONG_PAST_DUE: 0.15,
    Leak.INVOICED_WITHOUT_SUBSCRIPTION: 0.10, Leak.ACTIVE_NOT_INVOICED: 0.08, Leak.UNDERBILLED: 0.03,
    Leak.OVERBILLED: 0.03,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planted:
    """A leak, and the life with it."""

    leak: Leak
    subscription_id: str
    invoice_id: str | None
    events: list[Event]


def planted(events: list[Event], draws: Draws, end: datetime) -> Planted | None:
    """One leak in a customer's life, or none. A customer that was merged is left alone."""
    if any(event.kind is Kind.CUSTOMER_MERGED for event in events):
        return None
    life = Life(events, fold(events), end)
    for leak, chance in CHANCES.items():
        if not draws.chance(chance):
            continue
        for subscription in life.rows("subscriptions"):
            found = PLANTERS[leak](life, subscription)
            if found is not None:
                return found
    return None


# ---- what a subscription was billed


def _scaled(line: Row, factor: Decimal) -> Row:
    """A line at another price."""
    currency = str(line["currency"])
    unit = line["unit_amount"]
    return line | {
        "unit_amount": amount(unit) * factor if unit is not None else None,
        "amount_ex_tax": money(amount(line["amount_ex_tax"]) * factor, currency),
        "tax_amount": money(amount(line["tax_amount"]) * factor, currency),
    }


def _is_quiet_around(life: Life, bill: Bill) -> bool:
    """Whether every delivery that may tell the terms of an invoice is in, and tells the same."""
    start, until = bill.issued_at - QUIET, bill.issued_at + QUIET
    return until < life.end and life.is_quiet(bill.invoice["subscription_id"], start, until)


def _misbilled(life: Life, subscription: Row, leak: Leak, factor: Decimal) -> Planted | None:
    """The last invoice around which nothing changed, at another price."""
    for bill in reversed(life.bills(subscription["subscription_id"])):
        lines = bill.full_lines
        if (
            lines
            and all(amount(line["amount_ex_tax"]) > 0 and not line["discount_amount"] for line in lines)
            and not any(line["is_proration"] for line in bill.lines)
            and _is_quiet_around(life, bill)
        ):
            events = rebilled(life, bill, [_scaled(line, factor) for line in lines])
            return Planted(leak, str(subscription["subscription_id"]), bill.invoice_id, events)
    return None


def _underbilled(life: Life, subscription: Row) -> Planted | None:
    """Somebody forgot the new price."""
    return _misbilled(life, subscription, Leak.UNDERBILLED, Decimal("0.8"))


def _overbilled(life: Life, subscription: Row) -> Planted | None:
    """Somebody charged the old price."""
    return _misbilled(life, subscription, Leak.OVERBILLED, Decimal("1.25"))


def _expired_coupon_applied(life: Life, subscription: Row) -> Planted | None:
    """A coupon that is over takes 10 % off once more."""
    subscription_id = subscription["subscription_id"]
    ends = [row["ends_at"] for row in life.rows("discounts") if row["subscription_id"] == subscription_id]
    if not ends or None in ends:
        return None
    for bill in reversed(life.bills(subscription_id)):
        lines = [line for line in bill.full_lines if amount(line["amount_ex_tax"]) > 0]
        if lines and bill.issued_at > max(map(moment, ends)) and _is_quiet_around(life, bill):
            events = rebilled(life, bill, [_discounted(line) for line in lines])
            return Planted(Leak.EXPIRED_COUPON_APPLIED, str(subscription_id), bill.invoice_id, events)
    return None


def _discounted(line: Row) -> Row:
    scaled = _scaled(line, Decimal("0.9"))
    taken = amount(line["amount_ex_tax"]) - amount(scaled["amount_ex_tax"])
    return scaled | {"unit_amount": line["unit_amount"], "discount_amount": taken}


# ---- what it was not billed, or not paid, or billed for nothing


def _active_not_invoiced(life: Life, subscription: Row) -> Planted | None:
    """The last invoices of a running subscription were never issued."""
    subscription_id = subscription["subscription_id"]
    bills = life.bills(subscription_id)
    invoices = sorted(
        (row for row in life.rows("invoices") if row["subscription_id"] == subscription_id),
        key=lambda row: moment(row["issued_at"]),
    )
    since = life.end - 60 * DAY
    missing = [bill for bill in bills if bill.issued_at >= since]
    if (
        subscription["status"] != "active"
        or not missing
        or missing[0].issued_at + 20 * DAY > life.end
        or len(invoices) == len(missing)
        or [row["invoice_id"] for row in invoices[-len(missing) :]] != [bill.invoice_id for bill in missing]
        or not life.is_quiet(subscription_id, since - QUIET, life.end)
        or not all(
            line["discount_amount"] == 0 < amount(line["amount_ex_tax"]) for line in missing[0].full_lines
        )
        or any(line["is_proration"] for bill in missing for line in bill.lines)
    ):
        return None
    gone = {bill.invoice_id for bill in missing}
    paid = {bill.payment_id for bill in missing}
    events = life.without(
        lambda event: (
            (event.table in ("invoices", "invoice_lines", "invoice_payments") and event.key[0] in gone)
            or (event.table == "payments" and event.key[0] in paid)
        )
    )
    return Planted(Leak.ACTIVE_NOT_INVOICED, str(subscription_id), None, events)


def _invoiced_without_subscription(life: Life, subscription: Row) -> Planted | None:
    """One more invoice after the end, as if the subscription went on."""
    ended_at, bills = subscription.get("ended_at"), life.bills(subscription["subscription_id"])
    if not isinstance(ended_at, datetime) or ended_at + QUIET > life.end or not bills:
        return None
    last = bills[-1]
    lines = [
        line for line in last.full_lines if not line["discount_amount"] and amount(line["amount_ex_tax"]) > 0
    ]
    at = ended_at + 3 * DAY
    if not lines:
        return None
    invoice_id = f"{last.invoice_id}_late"
    length = moment(lines[0]["service_end_at"]) - moment(lines[0]["service_start_at"])
    period = {"service_start_at": at, "service_end_at": at + length}
    billed = [
        line | period | {"invoice_id": invoice_id, "line_id": f"{line['line_id']}_late"} for line in lines
    ]
    net = sum((amount(line["amount_ex_tax"]) for line in lines), Decimal(0))
    tax = sum((amount(line["tax_amount"]) for line in lines), Decimal(0))
    invoice = last.invoice | {
        "invoice_id": invoice_id, "number": f"{last.invoice['number']}-LATE", "issued_at": at,
        "due_at": at + 30 * DAY, "finalized_at": at, "paid_at": at + HOUR, "subtotal": net,
        "discount_total": Decimal(0), "tax_total": tax,
        # What paid it is in no delivery, so it does not say how much that was.
        "total": net + tax, "amount_paid": None,
    }  # fmt: skip
    events = [
        *life.events,
        *(Event(at, Kind.INVOICED, "invoice_lines", (invoice_id, row["line_id"]), row) for row in billed),
        Event(at, Kind.INVOICED, "invoices", (invoice_id,), invoice),
    ]
    return Planted(
        Leak.INVOICED_WITHOUT_SUBSCRIPTION, str(subscription["subscription_id"]), invoice_id,
        sorted(events, key=lambda event: event.at),
    )  # fmt: skip


def _long_past_due(life: Life, subscription: Row) -> Planted | None:
    """An invoice that nobody paid and nobody asked for."""
    for bill in reversed(life.bills(subscription["subscription_id"])):
        due_at = moment(bill.invoice["due_at"])
        if due_at == bill.issued_at or due_at + 65 * DAY > life.end or amount(bill.invoice["total"]) <= 0:
            continue
        events = life.without(_is_payment_of(bill))
        return Planted(Leak.LONG_PAST_DUE, str(subscription["subscription_id"]), bill.invoice_id, events)
    return None


def _is_payment_of(bill: Bill) -> Callable[[Event], bool]:
    return lambda event: (
        (event.kind is Kind.PAID and event.key == (bill.invoice_id,))
        or (event.table == "payments" and event.key == (bill.payment_id,))
        or (event.table == "invoice_payments" and event.key[0] == bill.invoice_id)
    )


def _metered_without_usage(life: Life, subscription: Row) -> Planted | None:
    """The meter of a running subscription fell silent, and what it used was still billed."""
    subscription_id, since = subscription["subscription_id"], life.end - REPORTING_END
    items = [row for row in life.rows("subscription_items") if row["subscription_id"] == subscription_id]
    metered = [row for row in items if row["usage_type"] == "metered" and row["status"] == "active"]
    told = [row for row in life.rows("usage_records") if row["subscription_id"] == subscription_id]
    late = [row for row in told if moment(row["used_at"]) > since]
    if (
        subscription["status"] != "active"
        or not metered
        or not late
        or len(told) == len(late)
        or add_periods(since, str(metered[-1]["interval_unit"]), int(str(metered[-1]["interval_count"])), 1)
        + 10 * DAY
        > life.end
        or not life.is_quiet(subscription_id, since, life.end)
    ):
        return None
    gone = {row["usage_id"] for row in late}
    events = life.without(lambda event: event.table == "usage_records" and event.key[0] in gone)
    return Planted(Leak.METERED_WITHOUT_USAGE, str(subscription_id), None, events)


PLANTERS: dict[Leak, Callable[[Life, Row], Planted | None]] = {
    Leak.METERED_WITHOUT_USAGE: _metered_without_usage,
    Leak.EXPIRED_COUPON_APPLIED: _expired_coupon_applied,
    Leak.LONG_PAST_DUE: _long_past_due,
    Leak.INVOICED_WITHOUT_SUBSCRIPTION: _invoiced_without_subscription,
    Leak.ACTIVE_NOT_INVOICED: _active_not_invoiced,
    Leak.UNDERBILLED: _underbilled,
    Leak.OVERBILLED: _overbilled,
}
