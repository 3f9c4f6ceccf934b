"""What becomes of bills after they went out: withdrawn, corrected, paid back, disputed, paid by credits.

It happens to lives that were billed rightly, by draws of its own, so that no other draw of a life moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.synthetic import dials
from orchestration.synthetic.bills import Bill, Life, amount, moment, rebilled
from orchestration.synthetic.catalogue import FACTOR, VAT, money
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Event, Kind, Row, fold
from orchestration.synthetic.late import told_late

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def amended(events: list[Event], draws: Draws, end: datetime) -> list[Event]:
    """The events of a customer with what became of its bills, as known at `end`, in order.

    A customer that was merged is left alone.
    """
    chosen = [amend for amend, share in AMENDMENTS if draws.chance(share)]
    if not chosen or any(event.kind is Kind.CUSTOMER_MERGED for event in events):
        return events
    for amend in chosen:
        found = amend(Life(events, fold(events), end), draws)
        if found is not None:
            events = sorted((event for event in found if event.at <= end), key=lambda event: event.at)
    return events


def _bills(life: Life) -> Iterator[Bill]:
    """The bills to which something can happen, each well before the end."""
    for subscription in life.rows("subscriptions"):
        for bill in life.bills(subscription["subscription_id"]):
            if amount(bill.invoice["total"]) > 0 and bill.issued_at + 60 * DAY < life.end:
                yield bill


def _one_bill(life: Life, draws: Draws, fits: Callable[[Bill], bool]) -> Bill | None:
    """One of the bills that fit, all equally likely."""
    found = [bill for bill in _bills(life) if fits(bill)]
    return draws.pick(found) if found else None


# ---- withdrawn invoices


def _corrected(life: Life, draws: Draws) -> list[Event] | None:
    """An invoice by transfer that named the wrong office is voided, and another one paid in its place."""

    def fits(bill: Bill) -> bool:
        at, next_at = bill.issued_at, _next_issue(life, bill)
        paid_at = moment(bill.invoice["paid_at"])
        return paid_at - at > 5 * DAY and (next_at is None or next_at > paid_at)

    bill = _one_bill(life, draws, fits)
    if bill is None:
        return None
    at = bill.issued_at + draws.integer(3, (moment(bill.invoice["paid_at"]) - bill.issued_at).days - 1) * DAY
    reissued = _copy(bill, "c", at)
    invoice_id, new_id = bill.invoice_id, str(reissued[-1].key[0])

    def moved(event: Event) -> Event:
        """What paid the first invoice pays the second one."""
        if event.key[0] != invoice_id or event.at <= at:
            return event
        if event.table == "invoice_payments":
            values = {**event.values, "invoice_id": new_id}
            return Event(event.at, event.kind, event.table, (new_id, event.key[1]), values)
        if event.table == "invoices":
            return Event(event.at, event.kind, event.table, (new_id,), {**event.values, "invoice_id": new_id})
        return event

    return [*map(moved, life.events), _voided(bill.invoice_id, at), *reissued]


def _billed_twice(life: Life, draws: Draws) -> list[Event] | None:
    """A second invoice for what another one bills already: it is voided once somebody sees it."""
    bill = _one_bill(life, draws, lambda bill: True)
    if bill is None:
        return None
    at = bill.issued_at + draws.integer(2, 20) * HOUR
    again = _copy(bill, "d", at, Kind.BILLED_TWICE)
    return [*life.events, *again, _voided(str(again[-1].key[0]), at + draws.integer(4, 40) * DAY)]


def _copy(bill: Bill, mark: str, at: datetime, kind: Kind = Kind.REISSUED) -> list[Event]:
    """The lines of an invoice and then the invoice, issued once more by hand, not paid yet."""
    invoice_id = f"{bill.invoice_id}_{mark}"
    lines = [line | {"invoice_id": invoice_id, "line_id": f"{line['line_id']}_{mark}"} for line in bill.lines]
    invoice = bill.invoice | {
        "invoice_id": invoice_id, "number": f"{bill.invoice['number']}-{mark.upper()}", "reason": "manual",
        "status": "open", "issued_at": at, "due_at": max(moment(bill.invoice["due_at"]), at),
        "finalized_at": at, "paid_at": None, "amount_paid": Decimal(0),
        "amount_due": bill.invoice["total"], "attempt_count": 0,
    }  # fmt: skip
    return [
        *(Event(at, kind, "invoice_lines", (invoice_id, line["line_id"]), line) for line in lines),
        Event(at, kind, "invoices", (invoice_id,), invoice),
    ]


def _voided(invoice_id: str, at: datetime) -> Event:
    return Event(
        at, Kind.VOIDED, "invoices", (invoice_id,),
        {"invoice_id": invoice_id, "status": "void", "voided_at": at, "next_attempt_at": None},
    )  # fmt: skip


def _next_issue(life: Life, bill: Bill) -> datetime | None:
    """When the next invoice of the subscription went out."""
    subscription_id, issued = bill.invoice["subscription_id"], bill.issued_at
    later = [
        moment(row["issued_at"]) for row in life.rows("invoices")
        if row["subscription_id"] == subscription_id and moment(row["issued_at"]) > issued
    ]  # fmt: skip
    return min(later, default=None)


# ---- money that goes back, or doesn't


def _refund_without_note(life: Life, draws: Draws) -> list[Event] | None:
    """Support pays back a part or all of an invoice, and nobody writes a credit note."""
    bill = _one_bill(life, draws, lambda bill: True)
    if bill is None:
        return None
    total, currency = amount(bill.invoice["total"]), str(bill.invoice["currency"])
    part = money(total * draws.pick((Decimal(1), Decimal("0.5"), Decimal("0.3"))), currency)
    at = moment(bill.invoice["paid_at"]) + draws.integer(1, 20) * DAY
    return [*life.events, _reversal(bill, Kind.REFUNDED, at, "refund", "succeeded", part)]


def _disputed(life: Life, draws: Draws) -> list[Event] | None:
    """The holder of a card disputes a charge, and weeks later the bank decides, more often for the vendor."""
    by_card = {row["payment_id"] for row in life.rows("payments") if row["method"] == "card"}
    bill = _one_bill(life, draws, lambda bill: bill.payment_id in by_card)
    if bill is None:
        return None
    at = moment(bill.invoice["paid_at"]) + draws.integer(5, 40) * DAY
    decided_at = at + draws.integer(20, 75) * DAY
    total = amount(bill.invoice["total"])
    opened = _reversal(bill, Kind.DISPUTED, at, "dispute", "under_review", total)
    kind = Kind.DISPUTE_WON if draws.chance(dials.DISPUTE_WON_SHARE) else Kind.DISPUTE_LOST
    status = kind.name.removeprefix("DISPUTE_").lower()
    return [*life.events, opened, Event(decided_at, kind, "reversals", opened.key, {"status": status})]


def _reversal(bill: Bill, kind: Kind, at: datetime, word: str, status: str, part: Decimal) -> Event:
    reversal_id = f"{word[:2]}_{str(bill.payment_id)[3:]}"
    values: Row = {
        "reversal_id": reversal_id, "payment_id": bill.payment_id, "kind": word, "status": status,
        "amount": part, "currency": bill.invoice["currency"], "occurred_at": at,
    }  # fmt: skip
    return Event(at, kind, "reversals", (reversal_id,), values)


# ---- credits bought in advance


def _credits(life: Life, draws: Draws) -> list[Event] | None:
    """Use is bought in advance with one invoice, and later invoices draw on it until it is used up."""
    bills = [bill for bill in _bills(life) if _usage(bill) > 0]
    if len(bills) < 2:
        return None
    first, currency = bills[0], str(bills[0].invoice["currency"])
    country = str(life.rows("customers")[0]["country"])
    bought = money(Decimal(draws.integer(1, 5) * 100) * FACTOR[currency], currency)
    events, left = rebilled_with(life, first, Kind.CREDITS_BOUGHT, bought, country), bought
    for bill in bills[1:]:
        used = min(left, _usage(bill))
        owed = amount(bill.invoice["total"]) - used - money(used * _vat(country), currency)
        if bill.invoice["currency"] == currency and used > 0 and owed > 0:
            life = Life(events, life.tables, life.end)
            events, left = rebilled_with(life, bill, Kind.CREDITS_USED, -used, country), left - used
    return events


def rebilled_with(life: Life, bill: Bill, kind: Kind, net: Decimal, country: str) -> list[Event]:
    """The events with a line of credits more on a bill."""
    currency, line_id = str(bill.invoice["currency"]), f"{bill.lines[0]['line_id']}_p"
    line: Row = bill.lines[0] | {
        "line_id": line_id, "kind": "credit_purchase", "is_proration": False, "item_id": None,
        "price_id": None, "quantity": Decimal(1), "unit_amount": net, "amount_ex_tax": net,
        "discount_amount": Decimal(0), "tax_amount": money(net * _vat(country), currency),
        "service_start_at": None, "service_end_at": None,
    }  # fmt: skip
    added = Event(bill.issued_at, kind, "invoice_lines", (bill.invoice_id, line_id), line)
    return [*rebilled(life, bill, [line]), added]


def _usage(bill: Bill) -> Decimal:
    """What is metered on a bill, before tax."""
    return sum((amount(line["amount_ex_tax"]) for line in bill.lines if line["kind"] == "usage"), Decimal(0))


def _vat(country: str) -> Decimal:
    return VAT.get(country, Decimal(0))


AMENDMENTS: tuple[tuple[Callable[[Life, Draws], list[Event] | None], float], ...] = (
    (_corrected, dials.CORRECTED_SHARE),
    (_billed_twice, dials.BILLED_TWICE_SHARE),
    (_refund_without_note, dials.REFUND_WITHOUT_NOTE_SHARE),
    (_disputed, dials.DISPUTED_LATER_SHARE),
    (_credits, dials.CREDITS_SHARE),
    *told_late,
)
