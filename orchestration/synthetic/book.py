"""One subscription as its billing system would keep it: items, status, cancellation, dated versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from orchestration.synthetic.catalogue import PRICES, Price
from orchestration.synthetic.events import Kind, Log, Value


@dataclass(slots=True)
class Item:
    """An item as it stands; a removed one keeps its last price and quantity."""

    item_id: str
    price: Price
    quantity: Decimal
    removed: bool = False


@dataclass(slots=True)
class Book:
    """Writes the events of one subscription; a version is written for each item that a change touches."""

    log: Log
    customer_id: str
    subscription_id: str
    currency: str
    status: str = "active"
    cancel_pending: bool = False
    items: dict[str, Item] = field(default_factory=dict)

    def open(
        self, at: datetime, kind: Kind, status: str, items: list[tuple[Price, int]],
        started_at: datetime | None = None, **columns: Value,
    ) -> None:  # fmt: skip
        """Start the subscription with its items; an imported one started before it came into the system."""
        self.status = status
        self.log.put(
            at, kind, "subscriptions", subscription_id=self.subscription_id, customer_id=self.customer_id,
            currency=self.currency, status=status, created_at=at, started_at=started_at or at, **columns,
        )  # fmt: skip
        for price, quantity in items:
            self.add(at, kind, price, quantity, started_at)

    def add(
        self, at: datetime, kind: Kind, price: Price, quantity: int, valid_from: datetime | None = None
    ) -> None:
        """Add an item under the next free number."""
        item_id = f"si_{self.subscription_id.removeprefix('sub_')}_{len(self.items) + 1}"
        self.items[item_id] = Item(item_id, price, Decimal(quantity))
        self._version(at, kind, self.items[item_id], self.status, valid_from)

    def replace(self, at: datetime, kind: Kind, item: Item, price: Price, quantity: int) -> None:
        """Put another item in the place of one, in one instant."""
        self.drop(at, kind, item)
        self.add(at, kind, price, quantity)

    def change(
        self, at: datetime, kind: Kind, item: Item, price: Price | None = None, quantity: int | None = None
    ) -> None:
        """Give an item another price or quantity."""
        item.price = price or item.price
        item.quantity = item.quantity if quantity is None else Decimal(quantity)
        self._version(at, kind, item)

    def drop(self, at: datetime, kind: Kind, item: Item) -> None:
        """Take an item off while the subscription goes on."""
        item.removed = True
        self._version(at, kind, item)

    def schedule(self, at: datetime, effective: datetime, item: Item, price: Price, quantity: int) -> None:
        """Announce at `at` what the item will be from `effective` on; call `change` when the day has come."""
        announced = Item(item.item_id, price, Decimal(quantity))
        self._version(at, Kind.CHANGE_SCHEDULED, announced, "active", effective)

    def set_status(self, at: datetime, kind: Kind, status: str, **columns: Value) -> None:
        """Change the status of the subscription and of all its items."""
        self.status = status
        self.log.put(
            at, kind, "subscriptions", subscription_id=self.subscription_id, status=status, **columns
        )
        for item in self.live_items():
            self._version(at, kind, item)

    def request_cancel(self, at: datetime, ends_at: datetime, feedback: str | None) -> None:
        """The customer asks to leave at the end of the period."""
        self.cancel_pending = True
        self.set_status(
            at,
            Kind.CANCEL_REQUESTED,
            self.status,
            cancel_requested_at=at,
            ends_at=ends_at,
            end_feedback=feedback,
        )

    def withdraw_cancel(self, at: datetime) -> None:
        """The customer stays after all."""
        self.cancel_pending = False
        self.set_status(
            at, Kind.CANCEL_WITHDRAWN, self.status, cancel_requested_at=None, ends_at=None, end_feedback=None
        )

    def end(self, at: datetime, kind: Kind, reason: str | None, **columns: Value) -> None:
        """End the subscription for good."""
        self.set_status(at, kind, "ended", ended_at=at, end_reason=reason, **columns)

    def live_items(self) -> list[Item]:
        """The items that have not been taken off."""
        return [item for item in self.items.values() if not item.removed]

    def licensed(self) -> list[Item]:
        """The live items with a recurring licence."""
        return [item for item in self.live_items() if item.price.product.usage_type == "licensed"]

    def plan_item(self) -> Item:
        """The item that carries the plan: the first licensed one that is no add-on."""
        return next(item for item in self.licensed() if not item.price.product.is_addon)

    def _version(
        self, at: datetime, kind: Kind, item: Item, status: str | None = None,
        valid_from: datetime | None = None,
    ) -> None:  # fmt: skip
        price = item.price
        self.log.put(
            at, kind, "subscription_items", subscription_id=self.subscription_id, item_id=item.item_id,
            valid_from=valid_from or at, valid_to=None, customer_id=None,
            status="ended" if item.removed else status or self.status,
            price_id=price.price_id, product_id=price.product.product_id, plan_name=price.product.name,
            currency=price.currency, unit_amount=price.unit_amount, quantity=item.quantity,
            billing_scheme=price.product.scheme, usage_type=price.product.usage_type,
            interval_unit=price.interval_unit, interval_count=price.interval_count,
            cancel_at_period_end=self.cancel_pending, **_peculiar(price),
        )  # fmt: skip


def _peculiar(price: Price) -> dict[str, Value]:
    """What only few prices have: packages, and tiers that the price list of everybody does not know."""
    terms: dict[str, Value] = {}
    if price.package_size:
        terms |= {"package_size": Decimal(price.package_size), "package_rounding": "up"}
    if price.price_id not in PRICES:
        terms["tiers"] = price.tiers_json()
    return terms
