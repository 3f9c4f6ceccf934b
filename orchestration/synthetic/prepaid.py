"""What is paid before it is used: credits with what becomes of them, and minimums of a subscription.

It is told of lives as they are billed, by draws of its own, so that no other draw of a life moves.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from orchestration.synthetic import dials
from orchestration.synthetic.bills import Bill, Life, amount, moment, rebilled
from orchestration.synthetic.catalogue import FACTOR, VAT, money
from orchestration.synthetic.clock import add_months
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Event, Kind, Row, Value, fold

DAY = timedelta(days=1)
YEAR = timedelta(days=365)


def with_prepaid(events: list[Event], draws: Draws, end: datetime) -> list[Event]:
    """The events of a customer with its credits and minimums, as known at `end`, in order.

    A customer that was merged is left alone.
    """
    if any(event.kind is Kind.CUSTOMER_MERGED for event in events):
        return events
    life = Life(events, fold(events), end)
    if any(line["kind"] == "credit_purchase" for line in life.rows("invoice_lines")):
        found = _bought(life, draws)
    else:
        has_minimum = draws.chance(dials.COMMITTED_SHARE)
        found = (_committed(life, draws) if has_minimum else None) or _granted(life, draws)
    return sorted((event for event in found if event.at <= end), key=lambda event: event.at)


# ---- credits


def _bought(life: Life, draws: Draws) -> list[Event]:
    """The grant of credits that an invoice sold, what later invoices took of it, and its end."""
    invoices = {row["invoice_id"]: row for row in life.rows("invoices")}
    sold = [
        event for event in life.events
        if event.table == "invoice_lines" and event.values.get("kind") == "credit_purchase"
    ]  # fmt: skip
    sold.sort(key=lambda event: moment(invoices[event.key[0]]["issued_at"]))
    grant = f"credgr_{str(sold[0].key[1])[3:]}"
    told, left = [], Decimal(0)
    for event in sold:
        change, invoice = amount(event.values["amount_ex_tax"]), invoices[event.key[0]]
        kind = "grant" if change > 0 else "draw_down"
        told.append(_transaction(event.at, str(event.key[1])[3:], grant, "paid", kind, abs(change), invoice))
        left += change
    return [*life.events, *_ended(life, draws, told, left)]


def _granted(life: Life, draws: Draws) -> list[Event]:
    """Support gives credits away, and later invoices take them off the use that they bill."""
    bills = [bill for bill in _bills(life) if _usage(bill) is not None]
    if len(bills) < 2:
        return life.events
    first, country = bills[0], str(life.rows("customers")[0]["country"])
    currency, vat = str(first.invoice["currency"]), VAT.get(country, Decimal(0))
    left = money(Decimal(draws.integer(3, 15) * 10) * FACTOR[currency], currency)
    at, grant = first.issued_at + DAY, f"credgr_{first.invoice_id[3:]}"
    told = [_transaction(at, f"{first.invoice_id[3:]}_g", grant, "granted", "grant", left, first.invoice, at)]
    events = life.events
    for bill in bills[1:]:
        usage = _usage(bill)
        if usage is None or bill.invoice["currency"] != currency:
            continue
        used = min(left, amount(usage["amount_ex_tax"]))
        name = f"{bill.invoice_id[3:]}_g"
        taxed = usage | {"tax_amount": money((amount(usage["amount_ex_tax"]) - used) * vat, currency)}
        line: Row = usage | {
            "line_id": f"{usage['line_id']}:cbtxn_{name}", "kind": "granted_credit", "quantity": Decimal(1),
            "unit_amount": -used, "amount_ex_tax": -used, "tax_amount": Decimal(0),
        }  # fmt: skip
        owed = amount(bill.invoice["total"]) - used
        owed += amount(taxed["tax_amount"]) - amount(usage["tax_amount"])
        if used > 0 and owed > 0:
            events = rebilled(Life(events, life.tables, life.end), bill, [taxed, line])
            key = (bill.invoice_id, line["line_id"])
            events.append(Event(bill.issued_at, Kind.CREDITS_USED, "invoice_lines", key, line))
            told.append(_transaction(bill.issued_at, name, grant, "granted", "draw_down", used, bill.invoice))
            left -= used
    return [*events, *_ended(life, draws, told, left)]


def _ended(life: Life, draws: Draws, told: list[Event], left: Decimal) -> list[Event]:
    """The transactions of a grant with its end, where it lasts a year and nothing takes of it later."""
    first, last = told[0], told[-1]
    expires_at = moment(first.values["occurred_at"]) + YEAR
    if not draws.chance(dials.EXPIRING_CREDITS_SHARE) or moment(last.values["occurred_at"]) >= expires_at:
        return told
    grant = Event(first.at, first.kind, first.table, first.key, {**first.values, "expires_at": expires_at})
    if left == 0 or expires_at > life.end:
        return [grant, *told[1:]]
    values = {
        **first.values, "transaction_id": f"{first.key[0]}_x", "kind": "expiry", "amount": left,
        "occurred_at": expires_at, "invoice_id": None,
    }  # fmt: skip
    key = (values["transaction_id"],)
    expired = Event(expires_at, Kind.CREDITS_EXPIRED, "credit_transactions", key, values)
    return [grant, *told[1:], expired]


def _transaction(
    at: datetime, name: str, grant: str, credit_kind: str, kind: str, net: Decimal, invoice: Row,
    occurred_at: Value = None,
) -> Event:  # fmt: skip
    """What became of a grant, known at `at`, on the day of its invoice or on one of its own."""
    transaction_id = f"cbtxn_{name}"
    values: Row = {
        "transaction_id": transaction_id, "customer_id": invoice["customer_id"], "balance_id": grant,
        "credit_kind": credit_kind, "kind": kind, "amount": net, "currency": invoice["currency"],
        "occurred_at": occurred_at or invoice["issued_at"], "expires_at": None,
        "invoice_id": None if kind == "grant" else invoice["invoice_id"],
    }  # fmt: skip
    what = Kind.CREDITS_GRANTED if kind == "grant" else Kind.CREDITS_USED
    return Event(at, what, "credit_transactions", (transaction_id,), values)


# ---- commitments


def _committed(life: Life, draws: Draws) -> list[Event] | None:
    """A minimum for some months: where a month's use missed it, the invoice after it bills the rest."""
    for subscription in life.rows("subscriptions"):
        bills = _months(life, subscription["subscription_id"])
        if bills is not None:
            return _trued_up(life, draws, subscription, bills)
    return None


def _months(life: Life, subscription_id: Value) -> list[Bill] | None:
    """Invoices of months that follow each other, with use in each and nothing that changed between them."""
    run: list[Bill] = []
    for bill in life.bills(subscription_id):
        if run and bill.issued_at != add_months(run[0].issued_at, len(run)):
            run = []
        if _usage(bill) is None or bill.issued_at.day > 28 or len(bill.full_lines) + 1 != len(bill.lines):
            run = []
            continue
        run.append(bill)
        if len(run) == dials.COMMITTED_MONTHS + 1:
            if life.is_quiet(subscription_id, run[0].issued_at, run[-1].issued_at):
                return run
            run = []
    return None


def _trued_up(life: Life, draws: Draws, subscription: Row, bills: list[Bill]) -> list[Event]:
    currency = str(bills[0].invoice["currency"])
    vat = VAT.get(str(life.rows("customers")[0]["country"]), Decimal(0))
    used = [
        sum((_gross(line) for line in bill.full_lines), Decimal(0)) + _gross(_line(_usage(following)))
        for bill, following in pairwise(bills)
    ]
    share = Decimal(draws.integer(40, 60)) / 100
    least = money(min(used) + (max(used) - min(used)) * share, currency)
    subscription_id = subscription["subscription_id"]
    values: Row = {
        "commitment_id": f"com_{str(subscription_id)[4:]}", "subscription_id": subscription_id,
        "amount": least, "currency": currency, "starts_at": bills[0].issued_at,
        "ends_at": bills[-1].issued_at, "interval_unit": "month", "interval_count": 1, "anchor": "start",
    }  # fmt: skip
    key = (values["commitment_id"],)
    events = [*life.events, Event(bills[0].issued_at, Kind.COMMITTED, "commitments", key, values)]
    for start, bill, came in zip(bills, bills[1:], used, strict=False):
        if came >= least:
            continue
        line: Row = bill.lines[0] | {
            "line_id": f"{bill.lines[0]['line_id']}_t", "kind": "true_up", "is_proration": False,
            "item_id": None, "price_id": None, "quantity": Decimal(1), "unit_amount": least - came,
            "amount_ex_tax": least - came, "discount_amount": Decimal(0),
            "tax_amount": money((least - came) * vat, currency),
            "service_start_at": start.issued_at, "service_end_at": bill.issued_at,
        }  # fmt: skip
        events = rebilled(Life(events, life.tables, life.end), bill, [line])
        line_key = (bill.invoice_id, line["line_id"])
        events.append(Event(bill.issued_at, Kind.TRUED_UP, "invoice_lines", line_key, line))
    return events


# ---- bills


def _bills(life: Life) -> list[Bill]:
    """The invoices of a customer that went well, each well before the end."""
    return [
        bill
        for subscription in life.rows("subscriptions")
        for bill in life.bills(subscription["subscription_id"])
        if amount(bill.invoice["total"]) > 0 and bill.issued_at + 60 * DAY < life.end
    ]


def _usage(bill: Bill) -> Row | None:
    """The line of an invoice that bills use."""
    return next((line for line in bill.lines if line["kind"] == "usage" and line["amount_ex_tax"]), None)


def _line(line: Row | None) -> Row:
    assert line is not None
    return line


def _gross(line: Row) -> Decimal:
    return amount(line["amount_ex_tax"]) + amount(line["discount_amount"])
