"""Stripe Sigma: the table `subscription_item_change_events` as CSV, MRR in the smallest unit of the
currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from oracle.changes import ItemChange
from orchestration.synthetic.catalogue import EXPONENT
from orchestration.synthetic.dialects.stripe import REASON, STATUS
from orchestration.synthetic.dialects.writing import csv_bytes
from orchestration.synthetic.events import Value
from orchestration.synthetic.nights import Night

HEADER = (
    "event_timestamp", "local_event_timestamp", "event_type", "subscription_id", "subscription_item_id",
    "customer_id", "product_id", "price_id", "currency", "mrr_change", "quantity_change",
)  # fmt: skip
CUSTOMERS = ("id", "name", "email", "address_country", "currency", "created", "deleted")
SUBSCRIPTIONS = (
    "id", "customer_id", "status", "created", "start_date", "trial_start", "trial_end", "canceled_at",
    "cancel_at",
    "ended_at", "cancellation_details_reason", "cancellation_details_feedback", "collection_method",
)  # fmt: skip
NAME = "subscription_item_change_events"


@dataclass(frozen=True, slots=True)
class Sigma:
    """All change events up to the night. Each state is rounded to the smallest unit, so that the sums
    still fit.
    """

    changes: Sequence[ItemChange]
    zone: str = "UTC"

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """Everything that happened before the night."""
        return self._tables(night) | self._file([c for c in self.changes if c.at < night.at], NAME)

    def delta(self, night: Night) -> dict[str, bytes]:
        """What happened on the day that the night closes."""
        fresh = [c for c in self.changes if c.at < night.at and c.at.date() == night.on]
        return self._tables(night) | self._file(fresh, f"{NAME}.delta") if fresh else {}

    def _tables(self, night: Night) -> dict[str, bytes]:
        """The two small tables that name the customers and the state of their subscriptions."""
        customers = [
            [r["customer_id"], r["name"], r["email"], r["country"], str(r["currency"]).lower(),
             shown(r["created_at"]), "false"]
            for r in night.rows("customers")
        ]  # fmt: skip
        subscriptions = [
            [r["subscription_id"], r["customer_id"], STATUS.get(str(r["status"]), r["status"]), *(
                shown(r.get(column)) for column in ("created_at", "started_at", "trial_started_at",
                "trial_ended_at")),
             shown(r.get("cancel_requested_at") or r.get("ended_at")),
             shown(None if r.get("ended_at") else r.get("ends_at")), shown(r.get("ended_at")),
             REASON.get(str(r.get("end_reason"))), r.get("end_feedback"), r["collection_method"]]
            for r in night.rows("subscriptions")
        ]  # fmt: skip
        return {
            "customers.csv": csv_bytes(CUSTOMERS, customers),
            "subscriptions.csv": csv_bytes(SUBSCRIPTIONS, subscriptions),
        }

    def _file(self, changes: Sequence[ItemChange], name: str) -> dict[str, bytes]:
        ordered = sorted(changes, key=lambda c: (c.at, c.version.item_id, c.currency))
        return {f"{name}.csv": csv_bytes(HEADER, [self._row(change) for change in ordered])}

    def _row(self, change: ItemChange) -> list[Value]:
        delta = smallest(change.after, change.currency) - smallest(change.before, change.currency)
        return [
            shown(change.at), shown(change.at.astimezone(ZoneInfo(self.zone))), change.event_type,
            change.version.subscription_id, change.version.item_id, change.customer_id,
            f"prod_{change.version.product_id}", change.version.price_id, change.currency.lower(), delta,
            int(change.quantity_delta),
        ]  # fmt: skip


def smallest(amount: Decimal, currency: str) -> int:
    """Half up to the smallest unit."""
    return int(amount.scaleb(EXPONENT[currency]).quantize(Decimal(1), ROUND_HALF_UP))


def shown(at: Value) -> str | None:
    """A timestamp as Sigma writes it: no zone, milliseconds."""
    return f"{at:%Y-%m-%d %H:%M:%S}.000" if isinstance(at, datetime) else None
