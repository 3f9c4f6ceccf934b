"""What somebody enters after its day: a subscription, a change, an invoice, a credit note.

Its dates are the true ones, and every row is what it would have been; only the systems know it later. Each is
entered in a later month than its own, so that a month that was closed in between has to be told again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from orchestration.synthetic import dials
from orchestration.synthetic.bills import Life, moment
from orchestration.synthetic.clock import add_months
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Event, Kind, Row

DAY = timedelta(days=1)
CHANGES = frozenset({Kind.SEATS_ADDED, Kind.SEATS_REMOVED, Kind.UPGRADED, Kind.DOWNGRADED})
OWN_TABLES = frozenset({"subscriptions", "subscription_items", "discounts"})


def _late_subscription(life: Life, draws: Draws) -> list[Event] | None:
    """Sales signed a customer, and the subscription was entered weeks later, with its true start."""
    for subscription in life.rows("subscriptions"):
        subscription_id, start = subscription["subscription_id"], moment(subscription["started_at"])
        entered = _entered(life, start, draws)
        if (
            entered is None
            or subscription.get("trial_started_at") is not None
            or moment(subscription["created_at"]) != start
            or any(start < at <= entered for at in life.changes(subscription_id))
        ):
            continue
        belongs = _belongs_to(life, subscription)
        events = [_known_at(event, entered) if belongs(event) else event for event in life.events]
        created = Event(entered, Kind.ACTIVATED, "subscriptions", (subscription_id,), {"created_at": entered})
        return [*events, created]
    return None


def _late_change(life: Life, draws: Draws) -> list[Event] | None:
    """A change of seats or plan that was agreed by mail and entered later, before the next invoice."""
    found = [event for event in life.events if event.kind in CHANGES and event.table == "subscription_items"]
    for event in found:
        subscription_id, at = event.key[0], event.at
        entered = _entered(life, at, draws)
        told = [change for change in life.changes(subscription_id) if at <= change]
        if entered is None or told.count(at) != 1 or any(at < change <= entered for change in told):
            continue
        issued = [
            moment(row["issued_at"]) for row in life.rows("invoices")
            if row["subscription_id"] == subscription_id
        ]  # fmt: skip
        if not any(at <= day <= entered for day in issued):
            return [_known_at(one, entered) if one is event else one for one in life.events]
    return None


def _late_invoice(life: Life, draws: Draws) -> list[Event] | None:
    """An invoice that was written by hand, dated by its day and entered later, with its payment."""
    for subscription in life.rows("subscriptions"):
        bills = life.bills(subscription["subscription_id"])
        issues = sorted(
            moment(row["issued_at"]) for row in life.rows("invoices")
            if row["subscription_id"] == subscription["subscription_id"]
        )  # fmt: skip
        for bill in reversed(bills) if draws.chance(0.5) else bills:
            entered = _entered(life, bill.issued_at, draws)
            if entered is None or any(bill.issued_at < at <= entered for at in issues):
                continue
            keys = {bill.invoice_id, bill.payment_id}
            tables = ("invoices", "invoice_lines", "payments", "invoice_payments")
            return [
                _known_at(event, entered) if event.table in tables and event.key[0] in keys else event
                for event in life.events
            ]
    return None


def _late_credit_note(life: Life, draws: Draws) -> list[Event] | None:
    """A credit note that was promised on its day and entered later."""
    for note in life.rows("credit_notes"):
        entered = _entered(life, moment(note["issued_at"]), draws)
        if entered is not None:
            return [
                _known_at(event, entered) if event.key == (note["credit_note_id"],) else event
                for event in life.events
            ]
    return None


def _entered(life: Life, at: datetime, draws: Draws) -> datetime | None:
    """A day in the first third of the month after its own; None where the simulated time is over by then."""
    entered = add_months(at.replace(day=1), 1) + draws.integer(1, 9) * DAY
    return entered if entered < life.end else None


def _belongs_to(life: Life, subscription: Row) -> Callable[[Event], bool]:
    """Whether an event is one of a subscription, its invoices or their payments."""
    subscription_id = subscription["subscription_id"]
    invoices = {
        row["invoice_id"] for row in life.rows("invoices") if row["subscription_id"] == subscription_id
    }
    payments = {row["payment_id"] for row in life.rows("invoice_payments") if row["invoice_id"] in invoices}

    def belongs(event: Event) -> bool:
        owner = event.values.get("subscription_id", event.key[0])
        if event.table in OWN_TABLES:
            return owner == subscription_id
        if event.table in ("invoices", "invoice_lines", "invoice_payments"):
            return event.key[0] in invoices
        if event.table == "payments":
            return event.key[0] in payments
        told_of = (event.values.get(name) for name in ("subscription_id", "invoice_id", "payment_id"))
        return event.table in ("usage_records", "credit_notes", "reversals") and any(
            one in ids for one, ids in zip(told_of, ({subscription_id}, invoices, payments), strict=True)
        )

    return belongs


def _known_at(event: Event, at: datetime) -> Event:
    """The same event, not known before `at`."""
    return Event(max(event.at, at), event.kind, event.table, event.key, event.values)


told_late: tuple[tuple[Callable[[Life, Draws], list[Event] | None], float], ...] = (
    (_late_subscription, dials.LATE_SUBSCRIPTION_SHARE),
    (_late_change, dials.LATE_CHANGE_SHARE),
    (_late_invoice, dials.LATE_INVOICE_SHARE),
    (_late_credit_note, dials.LATE_CREDIT_NOTE_SHARE),
)
