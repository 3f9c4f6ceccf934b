"""Payment recovery (specification, section 7): the invoices whose first attempt failed, and their fate."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from orchestration.synthetic.oracle_inputs import Inputs, RawRow, instant


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
