"""Looks at a billing system: what it shows of each subscription at an instant, computed from the events.

A vendor shows the present, with some dates of its own: `VENDORS` says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from orchestration.synthetic.catalogue import PRICES
from orchestration.synthetic.events import Event, Row, Value
from orchestration.synthetic.nights import Night, nightly


@dataclass(frozen=True, slots=True)
class Look:
    """A look at what happened before `until`, made at `at`."""

    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Vendor:
    """What a billing system shows of a subscription beside its present terms."""

    item_key: str = "item_id"
    """The column that names an item: a change of it is another item."""
    dates_items: bool = False
    """Whether an item says when it was made."""
    dates_pauses: bool = True
    dates_discounts: bool = True
    """Whether a discount says when it was given; else it repeats the start of the subscription."""
    deletes: bool = False
    """Whether what is deleted is no longer listed; else it is listed as ended."""
    discounts_customers: bool = True
    discounts_items: bool = True
    nests_discounts: bool = False
    """Whether a discount on an item is told by the item, and so no longer when that is gone."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """What it calls a status that it does not have."""
    lists_prices: bool = True
    """Whether tiers are told by its price list only; else an item says what it costs in all."""
    has_versions: bool = False
    """Whether it lists every version of an item with its own dates and status."""


STRIPE = Vendor(dates_items=True, dates_pauses=False, nests_discounts=True)
CHARGEBEE = Vendor(
    "price_id",
    deletes=True,
    discounts_customers=False,
    statuses={"unpaid": "past_due"},
    lists_prices=False,
)
VENDORS = {
    "canonical": Vendor(has_versions=True),
    "stripe": STRIPE,
    "stripe_2022": replace(STRIPE, discounts_items=False),
    "chargebee": CHARGEBEE,
    "chargebee_pc1": replace(CHARGEBEE, dates_discounts=False),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One subscription as a look shows it: no row where it is not listed."""

    at: datetime
    row: Row | None
    items: Mapping[str, Row]
    discounts: Mapping[str, Row]
    tiers: Mapping[Value, Value]
    """What the price list says of the prices that only few have."""


def nightly_looks(first: date, last: date) -> list[Look]:
    """One at the end of every day, which is known by its date."""
    return [Look(end, end - timedelta(days=1)) for end in nightly(first, last)]


def every_instant(events: Iterable[Event], until: datetime) -> list[Look]:
    """One right after whatever happens."""
    instants = {event.at for event in events}
    instants |= {at for event in events if isinstance(at := event.values.get("valid_from"), datetime)}
    return [Look(at + timedelta.resolution, at) for at in sorted(instants) if at < until]


def shown(at: datetime, row: Row, night: Night, vendor: Vendor, tiers: Mapping[Value, Value]) -> Shown:
    """A subscription as a look at `at` shows it."""
    if vendor.deletes and row.get("deleted"):
        return Shown(at, None, {}, {}, tiers)
    row = dict(row) | {"status": vendor.statuses.get(str(row["status"]), row["status"])}
    versions = [dict(version) for version in night.of("subscription_items", row["subscription_id"])]
    listed = versions if vendor.has_versions else _standing(versions, row, night.at)
    key = "valid_from" if vendor.has_versions else vendor.item_key
    items = {item["item_id"] for item in listed}
    discounts = [
        _named(discount, vendor)
        for discount in night.of("discounts", row["subscription_id"])
        if discount["item_id"] is None
        or (vendor.discounts_items and (not vendor.nests_discounts or discount["item_id"] in items))
    ]
    return Shown(
        at, row, {f"{item['item_id']}@{item[key]}" if vendor.has_versions else str(item[key]): item
                  for item in listed},
        {str(discount["discount_id"]): discount for discount in discounts}, tiers,
    )  # fmt: skip


def shown_customer(at: datetime, customer_id: str, night: Night, vendor: Vendor) -> Shown:
    """A customer with its own discounts as a look shows it; a list of discounts outlives the customer."""
    row = night.tables.get("customers", {}).get((customer_id,)) or (
        {"customer_id": customer_id} if vendor.has_versions else None
    )
    discounts = night.of("discounts", customer_id) if row is not None else []
    return Shown(at, row, {}, {str(discount["discount_id"]): dict(discount) for discount in discounts}, {})


def _named(discount: Row, vendor: Vendor) -> Row:
    """A discount on an item or its product names the item, where items are named after their price."""
    bound = discount.get("bound_price_id")
    if bound and vendor.item_key == "price_id":
        return discount | {"item_id": bound, "product_ids": None}
    return dict(discount)


def _standing(versions: list[Row], subscription: Row, until: datetime) -> list[Row]:
    """The items in force; of what is over, those in force at the end. With when each was made."""
    begun = sorted(
        (v for v in versions if instant_of(v["valid_from"]) < until),
        key=lambda v: instant_of(v["valid_from"]),
    )
    made = {v["item_id"]: v.get("made_at") or v["valid_from"] for v in reversed(begun)}
    last = {v["item_id"]: v | {"made_at": made[v["item_id"]]} for v in begun}
    if subscription["status"] == "ended":
        return [v for v in last.values() if v["valid_from"] == subscription["ended_at"]]
    return [v for v in last.values() if v["status"] != "ended"]


def tiers_of(night: Night) -> dict[Value, Value]:
    """What the price list says of the prices that only few have."""
    return {row["price_id"]: row["tiers"] for row in night.rows("prices") if row["price_id"] not in PRICES}


def instant_of(value: Value) -> datetime:
    """A value that has to be an instant."""
    assert isinstance(value, datetime)
    return value


def text_of(columns: Iterable[str], row: Row) -> str:
    """These columns of a row as one text, to compare two rows by."""
    return str([row.get(column) for column in columns])
