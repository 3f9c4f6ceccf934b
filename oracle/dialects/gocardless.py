"""GoCardless: payments by SEPA debit as CSV. A success is provisional: the bank may take it back for
eight weeks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.synthetic.dialects.writing import csv_bytes, minor
from orchestration.synthetic.events import Row, Value
from orchestration.synthetic.nights import Key, Night

HEADER = (
    "id", "created_at", "charge_date", "amount", "currency", "status", "amount_refunded", "links.mandate",
    "links.subscription", "metadata.invoice_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GoCardless:
    """The direct debits of the company, whatever system billed them."""

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """Every payment."""
        return {"payments.csv": self._file(night, list(night.tables.get("payments", {})))}

    def delta(self, night: Night) -> dict[str, bytes]:
        """The payments that changed."""
        changed = [key for key in night.changed("payments") if self._is_debit(night.tables["payments"][key])]
        return {"payments.delta.csv": self._file(night, changed)} if changed else {}

    def _is_debit(self, row: Row) -> bool:
        return row["method"] == "sepa_debit"

    def _file(self, night: Night, keys: Iterable[Key]) -> bytes:
        rows = (night.tables["payments"][key] for key in keys)
        return csv_bytes(HEADER, [self._row(row, night) for row in rows if self._is_debit(row)])

    def _row(self, row: Row, night: Night) -> list[Value]:
        created, native = row["attempted_at"], str(row["payment_id"])
        assert isinstance(created, datetime)
        links = night.of("invoice_payments", row["payment_id"])
        refunded = sum(
            minor(r["amount"], r["currency"]) or 0 for r in night.of("reversals",
            row["payment_id"]) if r["kind"] == "refund"
        )  # fmt: skip
        return [
            f"PM{native[3:]}", f"{created:%Y-%m-%dT%H:%M:%S}.000Z", (created + timedelta(days=4)).date(),
            minor(row["amount"], row["currency"]), row["currency"], self._status(row, night), refunded,
            f"MD{native.split('_')[1]}", f"SB{'_'.join(native.split('_')[1:-1])}",
            links[0]["invoice_id"] if links else None,
        ]  # fmt: skip

    def _status(self, row: Row, night: Night) -> str:
        settled = row["settled_at"]
        if row["outcome"] == "succeeded":
            paid_out = isinstance(settled, datetime) and night.at - settled > timedelta(days=3)
            return "paid_out" if paid_out else "confirmed"
        return {"pending": "submitted", "failed": "failed", "charged_back": "charged_back"}[
            str(row["outcome"])
        ]
