"""The MRR change events that a billing system with its own MRR would export: the `changes` basis of the
truth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from oracle.inputs import Inputs, ItemVersion, Policies
from oracle.states import CustomerItems, ItemState
from orchestration.synthetic.events import Row

NOTHING = Decimal("0.0000")


@dataclass(frozen=True, slots=True)
class ItemChange:
    """The MRR of one item went from `before` to `after` (native) at an instant."""

    at: datetime
    customer_id: str
    version: ItemVersion
    currency: str
    before: Decimal
    after: Decimal
    quantity_delta: Decimal

    @property
    def event_type(self) -> str:
        """ACTIVE_START, ACTIVE_END, ACTIVE_UPGRADE or ACTIVE_DOWNGRADE."""
        if not self.before:
            return "ACTIVE_START"
        if not self.after:
            return "ACTIVE_END"
        return "ACTIVE_UPGRADE" if self.after > self.before else "ACTIVE_DOWNGRADE"


def item_changes(inputs: Inputs, policies: Policies, as_of: datetime) -> list[ItemChange]:
    """Every change of an item's MRR up to `as_of`, by customer and in order of time."""
    by_customer: dict[str, list[ItemVersion]] = {}
    for version in inputs.items:
        by_customer.setdefault(inputs.customer_of(version), []).append(version)
    found: list[ItemChange] = []
    for customer_id, versions in sorted(by_customer.items()):
        standing: dict[tuple[str, str], ItemState] = {}
        for change in CustomerItems(versions, inputs, policies).changes(as_of):
            now = {(s.version.subscription_id, s.version.item_id): s for s in change.items}
            for key in sorted({*standing, *now}):
                found += _steps(change.at, customer_id, standing.get(key), now.get(key))
            standing = now
    return found


def _steps(
    at: datetime, customer_id: str, before: ItemState | None, after: ItemState | None
) -> Iterable[ItemChange]:
    """One change, or an end and a start where the currency is another."""
    had, has = (before.mrr if before else NOTHING), (after.mrr if after else NOTHING)
    version = after.version if after else before.version if before else None
    if version is None or had == has:
        return
    quantity = (after.version.quantity if after and has else NOTHING) - (
        before.version.quantity if before and had else NOTHING
    )
    if before and had and has and before.version.currency != version.currency:
        yield ItemChange(
            at, customer_id, before.version, before.version.currency, had, NOTHING, -before.version.quantity
        )
        yield ItemChange(at, customer_id, version, version.currency, NOTHING, has, version.quantity)
        return
    currency = before.version.currency if before and had else version.currency
    yield ItemChange(at, customer_id, version, currency, had, has, quantity)


def change_rows(changes: Iterable[ItemChange]) -> list[Row]:
    """The rows of canonical `subscription_changes`."""
    return [
        {
            "change_id": f"chg_{number:07d}", "subscription_id": change.version.subscription_id,
            "item_id": change.version.item_id, "customer_id": change.customer_id,
            "product_id": change.version.product_id, "price_id": change.version.price_id,
            "occurred_at": change.at, "mrr_delta": change.after - change.before,
            "quantity_delta": change.quantity_delta, "currency": change.currency, "kind": change.event_type,
        }
        for number, change in enumerate(changes, start=1)
    ]  # fmt: skip
