"""Payments: the invoices whose first attempt failed and their fate (specification, section 7), and the cards
that are in use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from oracle.inputs import Inputs, RawRow, day, instant
from oracle.ledger import Oracle


def ratio(part: Decimal | int, whole: Decimal | int) -> float | None:
    """A share as a float, None of nothing."""
    return float(Decimal(part) / Decimal(whole)) if whole else None


@dataclass(frozen=True, slots=True)
class Dunning:
    """An invoice whose first payment attempt failed, and what became of it by `as_of`."""

    invoice_id: str
    customer_id: str
    billed_at: datetime
    amount: Decimal
    currency: str
    method: str | None
    failure_code: str | None
    first_failed_at: datetime
    recovered_at: datetime | None
    is_exhausted: bool
    invoice_status: str

    @property
    def state(self) -> str:
        """recovered, lost (retries used up, or given up as uncollectible or void), else open."""
        if self.recovered_at is not None:
            return "recovered"
        if self.is_exhausted or self.invoice_status in ("uncollectible", "void"):
            return "lost"
        return "open"


def dunnings(inputs: Inputs, as_of: datetime) -> list[Dunning]:
    """All dunnings of some rows, by invoice."""
    attempts: dict[str, list[tuple[datetime, str]]] = {}
    for link in inputs.invoice_payments:
        payment = inputs.payments.get(link["payment_id"])
        at = instant(payment["attempted_at"]) if payment else None
        if at is not None and at <= as_of:
            attempts.setdefault(link["invoice_id"], []).append((at, link["payment_id"]))
    return [
        dunning for invoice in inputs.invoices
        if (dunning := _dunning(invoice, sorted(attempts.get(invoice["invoice_id"], [])), inputs, as_of))
    ]  # fmt: skip


def _dunning(
    invoice: RawRow, attempts: list[tuple[datetime, str]], inputs: Inputs, as_of: datetime
) -> Dunning | None:
    if not attempts or inputs.payments[attempts[0][1]]["outcome"] != "failed":
        return None
    first, last = inputs.payments[attempts[0][1]], inputs.payments[attempts[-1][1]]
    recovered = None
    for at, payment_id in attempts:
        payment = inputs.payments[payment_id]
        if payment["outcome"] == "succeeded":
            recovered = instant(payment.get("settled_at")) or at
    paid = instant(invoice.get("paid_at"))
    if recovered is None and invoice["status"] == "paid" and paid is not None and paid <= as_of:
        recovered = paid
    issued = instant(invoice["issued_at"])
    assert issued is not None
    retrying = str(last.get("will_retry")).lower() == "true"
    return Dunning(
        invoice["invoice_id"], invoice["customer_id"], issued, Decimal(str(invoice["total"])),
        invoice["currency"], first.get("method") or None, first.get("failure_code") or None, attempts[0][0],
        recovered, last["outcome"] == "failed" and not retrying, invoice["status"],
    )  # fmt: skip


def recovery_by_month(
    found: Iterable[Dunning], local_day: Callable[[datetime], date]
) -> dict[date, dict[str, int]]:
    """Counts of recovered, lost and open by the local month in which the invoice was billed."""
    table: dict[date, dict[str, int]] = {}
    for dunning in found:
        month = local_day(dunning.billed_at).replace(day=1)
        table.setdefault(month, {"recovered": 0, "lost": 0, "open": 0})[dunning.state] += 1
    return table


def recovery_rate(counts: dict[str, int]) -> float | None:
    """Recovered of those that are settled either way."""
    return ratio(counts["recovered"], counts["recovered"] + counts["lost"])


@dataclass(frozen=True, slots=True)
class CardInUse:
    """The card of a customer with MRR, its last month, and whether something else would pay as well."""

    customer_id: str
    payment_method_id: str | None
    expires_month: date
    last_paid_on: date
    has_other_method: bool
    next_invoice_on: date | None
    mrr: Decimal


def cards_in_use(oracle: Oracle, lines: Iterable[RawRow]) -> list[CardInUse]:
    """The cards by which those with MRR last paid, where their expiry is known; `lines` are of invoices."""
    covered = _covered_until(oracle, lines)
    found = []
    for customer, successes in _successes(oracle).items():
        paid_at, last = successes[-1]
        mrr = oracle.mrr_on(customer, oracle.today) if customer in oracle.days else Decimal(0)
        if not mrr or last["method"] != "card" or not last["card_expires_on"]:
            continue
        # A method is as its latest payment tells.
        others = {(row["method"], row["payment_method_id"]): (at, row) for at, row in successes}
        del others[last["method"], last["payment_method_id"]]
        running = {s.version.subscription_id for s in oracle.days[customer][-1].change.items if s.mrr}
        ends = [oracle.local_day(covered[subscription]) for subscription in running & covered.keys()]
        found.append(
            CardInUse(
                customer, last["payment_method_id"], _expiry(last), oracle.local_day(paid_at),
                any(
                    (oracle.today - oracle.local_day(at)).days < 365
                    and (row["method"] != "card" or _expiry(row) > _expiry(last))
                    for at, row in others.values()
                ),
                min(ends, default=None), mrr,
            )
        )  # fmt: skip
    return found


def _expiry(payment: RawRow) -> date:
    expires = payment["card_expires_on"]
    return day(expires).replace(day=1) if expires else date.min


def _successes(oracle: Oracle) -> dict[str, list[tuple[datetime, RawRow]]]:
    """The successful payments of each customer, the oldest first."""
    inputs = oracle.inputs
    subscriptions = {invoice["invoice_id"]: invoice["subscription_id"] for invoice in inputs.invoices}
    found: dict[str, list[tuple[datetime, str, RawRow]]] = {}
    for link in inputs.invoice_payments:
        payment = inputs.payments[link["payment_id"]]
        at = instant(payment["attempted_at"])
        if payment["outcome"] == "succeeded" and at is not None and at <= oracle.as_of:
            customer = inputs.subscriptions[subscriptions[link["invoice_id"]]].customer_id
            found.setdefault(customer, []).append((at, payment["payment_id"], payment))
    return {
        customer: [(at, row) for at, _, row in sorted(paid, key=lambda success: success[:2])]
        for customer, paid in sorted(found.items())
    }


def _covered_until(oracle: Oracle, lines: Iterable[RawRow]) -> dict[str, datetime]:
    """The end of the last invoiced period of each subscription."""
    billed = {
        invoice["invoice_id"] for invoice in oracle.inputs.invoices
        if invoice["status"] not in ("draft", "void")
    }  # fmt: skip
    found: dict[str, datetime] = {}
    for line in lines:
        end = instant(line["service_end_at"])
        if line["kind"] == "recurring" and line["invoice_id"] in billed and end is not None:
            subscription = line["subscription_id"]
            found[subscription] = max(end, found.get(subscription, end))
    return found
