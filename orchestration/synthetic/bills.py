"""A customer's life as it stands at the end: what planting a leak has to know of its bills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestration.synthetic.events import Event, Row, Value


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice that was paid at the first attempt and left alone since, with its lines and payment."""

    invoice: Row
    lines: tuple[Row, ...]
    payment_id: Value

    @property
    def invoice_id(self) -> str:
        """Its id."""
        return str(self.invoice["invoice_id"])

    @property
    def issued_at(self) -> datetime:
        """When it was issued."""
        return moment(self.invoice["issued_at"])

    @property
    def full_lines(self) -> list[Row]:
        """Its lines of whole periods."""
        return [line for line in self.lines if line["kind"] == "recurring" and not line["is_proration"]]


@dataclass(frozen=True, slots=True)
class Life:
    """One customer's events, and what they come to at the end."""

    events: list[Event]
    tables: dict[str, dict[tuple[Value, ...], Row]]
    end: datetime

    def rows(self, table: str) -> list[Row]:
        """The rows of a table at the end."""
        return list(self.tables.get(table, {}).values())

    def changes(self, subscription_id: Value) -> list[datetime]:
        """When terms of a subscription changed: items, status, discounts that begin or end."""
        told = [
            event for event in self.events
            if event.table in ("subscription_items", "discounts")
            and event.values.get("subscription_id", event.key[0]) == subscription_id
        ]  # fmt: skip
        ends = [event.values.get("ends_at") for event in told]
        return [event.at for event in told] + [end for end in ends if isinstance(end, datetime)]

    def is_quiet(self, subscription_id: Value, start: datetime, until: datetime) -> bool:
        """Whether nothing of a subscription changed in [start, until]."""
        return not any(start <= at <= until for at in self.changes(subscription_id))

    def bills(self, subscription_id: Value) -> list[Bill]:
        """The invoices of a subscription that went well, but for the first."""
        links: dict[Value, list[Row]] = {}
        for link in self.rows("invoice_payments"):
            links.setdefault(link["invoice_id"], []).append(link)
        touched = {row["payment_id"] for row in self.rows("reversals")}
        touched |= {row["invoice_id"] for row in self.rows("credit_notes")}
        lines: dict[Value, list[Row]] = {}
        for line in self.rows("invoice_lines"):
            lines.setdefault(line["invoice_id"], []).append(line)
        found = []
        for invoice in self.rows("invoices"):
            paid = links.get(invoice["invoice_id"], [])
            if (
                invoice["subscription_id"] == subscription_id
                and invoice["reason"] == "subscription_cycle"
                and invoice["status"] == "paid"
                and len(paid) == 1
                and touched.isdisjoint({invoice["invoice_id"], paid[0]["payment_id"]})
            ):
                found.append(Bill(invoice, tuple(lines[invoice["invoice_id"]]), paid[0]["payment_id"]))
        return sorted(found, key=lambda bill: bill.issued_at)

    def without(self, gone: Callable[[Event], bool]) -> list[Event]:
        """The events but for some."""
        return [event for event in self.events if not gone(event)]


def moment(value: Value) -> datetime:
    """A value that has to be an instant."""
    assert isinstance(value, datetime)
    return value


def amount(value: Value) -> Decimal:
    """A value that has to be an amount."""
    assert isinstance(value, Decimal)
    return value


SUMS = ("amount_ex_tax", "discount_amount", "tax_amount")


def rebilled(life: Life, bill: Bill, lines: list[Row]) -> list[Event]:
    """The events with other lines on one invoice, in its sums and its payment too.

    A line that the invoice has is changed, any other is added.
    """
    changed = {line["line_id"]: line for line in lines}
    before = {line["line_id"]: line for line in bill.lines}
    grown = {
        column: sum((_more(line, before.get(key), column) for key, line in changed.items()), Decimal(0))
        for column in SUMS
    }
    total = grown["amount_ex_tax"] + grown["tax_amount"]
    old = amount(bill.invoice["total"])
    sums = {
        "subtotal": grown["amount_ex_tax"] + grown["discount_amount"],
        "discount_total": grown["discount_amount"],
        "tax_total": grown["tax_amount"], "total": total,
    }  # fmt: skip

    def other(event: Event) -> Event:
        values = dict(event.values)
        if event.table == "invoice_lines" and values.get("line_id") in changed:
            values |= changed[values["line_id"]]
        elif event.table == "invoices" and event.key == (bill.invoice_id,):
            values |= {name: amount(values[name]) + more for name, more in sums.items() if name in values}
            values |= {name: old + total for name in ("amount_paid", "amount_due") if values.get(name) == old}
        elif event.table == "payments" and event.key == (bill.payment_id,) and "amount" in values:
            values["amount"] = amount(values["amount"]) + total
        elif event.table == "invoice_payments" and event.key == (bill.invoice_id, bill.payment_id):
            values["amount_applied"] = amount(values["amount_applied"]) + total
        else:
            return event
        return Event(event.at, event.kind, event.table, event.key, values)

    return [other(event) for event in life.events]


def _more(line: Row, before: Row | None, column: str) -> Decimal:
    return amount(line[column]) - (amount(before[column]) if before else Decimal(0))
