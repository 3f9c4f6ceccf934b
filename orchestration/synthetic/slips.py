"""What people got wrong in the demo company: a mistyped number, another reseller, a coupon in dollars.

None of it moves MRR; each is there to be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.synthetic.dials import RESELLERS
from orchestration.synthetic.events import Event, Kind, Row, Value, fold
from orchestration.synthetic.profile import check_digit

DAY = timedelta(days=1)
Tables = dict[str, dict[tuple[Value, ...], Row]]


@dataclass(frozen=True, slots=True)
class Slips:
    """The events that the slips are, by the system in which they were made."""

    crm: list[Event]
    billing: list[Event]


def made_slips(customers: Iterable[list[Event]], end: datetime) -> Slips:
    """One slip of each kind, in the first life with room for it. `customers` are billed in Stripe."""
    found: dict[str, Event] = {}
    for events in customers:
        tables = fold(events)
        for kind, find in _KINDS.items():
            event = None if kind in found else find(tables, end)
            if event is not None:
                found[kind] = event
        if len(found) == len(_KINDS):
            break
    return Slips(
        [event for kind, event in found.items() if kind != "coupon"],
        [event for kind, event in found.items() if kind == "coupon"],
    )


def _rows(tables: Tables, table: str) -> list[Row]:
    return list(tables.get(table, {}).values())


def _mistyped_number(tables: Tables, end: datetime) -> Event | None:
    """The number of the office in the CRM with a wrong last digit: its checksum fails, other keys link it."""
    for account in _rows(tables, "crm_accounts"):
        number, at = account["legal_id"], account["updated_at"]
        if number is not None and isinstance(at, datetime) and at + DAY < end:
            office = f"{number}0001"
            typed = f"{office}{(check_digit(office) + 1) % 10}"
            return Event(
                at + DAY, Kind.ACCOUNT_CREATED, "crm_accounts", (account["crm_account_id"],),
                {"legal_id": typed},
            )  # fmt: skip
    return None


def _other_reseller(tables: Tables, end: datetime) -> Event | None:
    """The deal names another reseller than the bills do."""
    for deal in _rows(tables, "crm_deals"):
        named, at = deal["reseller_id"], deal.get("won_at")
        if named is not None and isinstance(at, datetime) and at < end:
            other = RESELLERS[(RESELLERS.index(str(named)) + 1) % len(RESELLERS)]
            return Event(at, Kind.DEAL_ADVANCED, "crm_deals", (deal["deal_id"],), {"reseller_id": other})
    return None


def _coupon_in_dollars(tables: Tables, end: datetime) -> Event | None:
    """Twenty dollars off for a customer who pays in another currency: nothing is taken off."""
    items, subscriptions = _rows(tables, "subscription_items"), _rows(tables, "subscriptions")
    if len({row["item_id"] for row in items}) != 1 or len(subscriptions) != 1 or tables.get("discounts"):
        return None
    item = max(items, key=lambda row: str(row["valid_from"]))
    at = item["valid_from"]
    if (
        subscriptions[0]["status"] != "active"
        or item["currency"] == "USD"
        or (item["interval_unit"], item["usage_type"]) != ("month", "licensed")
        or not isinstance(at, datetime)
        or at + 200 * DAY > end
        or not _is_billed_as_listed(item, _rows(tables, "invoice_lines"))
    ):
        return None
    return Event(
        at + 100 * DAY, Kind.DISCOUNT_FOREVER, "discounts", (f"di_usd_{item['item_id']}",),
        {
            "discount_id": f"di_usd_{item['item_id']}", "customer_id": None,
            "subscription_id": item["subscription_id"], "item_id": item["item_id"], "percent_off": None,
            "amount_off": Decimal(20), "currency": "USD", "duration": "forever",
            "starts_at": at + 100 * DAY, "ends_at": None,
        },
    )  # fmt: skip


def _is_billed_as_listed(item: Row, lines: list[Row]) -> bool:
    """Whether every invoice since the item is as it is says what it costs."""
    if not isinstance(item["unit_amount"], Decimal) or item["unit_amount"] == 0:
        return False
    listed = item["unit_amount"] * Decimal(str(item["quantity"]))
    billed = [line for line in lines if str(line["service_start_at"]) >= str(item["valid_from"])]
    return bool(billed) and all(
        line["amount_ex_tax"] == listed and line["kind"] == "recurring" for line in billed
    )


_KINDS: dict[str, Callable[[Tables, datetime], Event | None]] = {
    "number": _mistyped_number, "reseller": _other_reseller, "coupon": _coupon_in_dollars,
}  # fmt: skip
