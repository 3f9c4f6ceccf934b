"""What looks at a billing system can tell of a company, by the specification: computed from the events.

A vendor shows the present, with some dates of its own. `seen` gives the rows that a reader of some looks
knows: what has no date of its own happened when the look that shows it was made, and of a subscription first
seen its status and dates tell the past (metrics.md, First sight). A look at every instant knows everything.

    rows = seen(events, nightly_looks(first, last), VENDORS["chargebee"])
    Oracle(read_inputs(rows), policies, as_of)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from oracle.grants import discounts_told
from oracle.looks import (
    Look,
    Shown,
    Vendor,
    instant_of,
    shown,
    shown_customer,
    text_of,
    tiers_of,
)
from orchestration.synthetic.events import Event, Row, Value
from orchestration.synthetic.nights import Archive

Rows = dict[str, list[Row]]
TERMS = (
    "price_id", "product_id", "currency", "unit_amount", "quantity", "billing_scheme", "usage_type",
    "interval_unit", "interval_count", "package_size", "tiers", "plan_name",
)  # fmt: skip
UNPAID = ("past_due", "unpaid", "paused", "ended")


def seen(events: Sequence[Event], looks: Sequence[Look], vendor: Vendor) -> Rows:
    """The rows of items, subscriptions, discounts and prices that these looks tell, with the rates."""
    histories: dict[str, list[Shown]] = {}
    customers: dict[str, list[Shown]] = {}
    listed: set[Value] = set()
    for look, night in zip(looks, Archive(events).nights([look.until for look in looks]), strict=True):
        listed_now = {row["customer_id"] for table in ("customers", "discounts") for row in night.rows(table)}
        for customer_id in {*customers, *(str(one) for one in listed_now if one)}:
            customers.setdefault(customer_id, []).append(shown_customer(look.at, customer_id, night, vendor))
        tiers = tiers_of(night)
        listed |= set(tiers)
        for key, row in night.tables.get("subscriptions", {}).items():
            subscription_id = str(key[0])
            found = shown(look.at, row, night, vendor, tiers)
            if found.row is not None or subscription_id in histories:
                histories.setdefault(subscription_id, []).append(found)
    rates = [dict(event.values) for event in events if event.table == "fx_rates"]
    rows: Rows = {"fx_rates": rates, "prices": night.rows("prices")}
    rows |= {"subscription_items": [], "discounts": []}
    for history in histories.values():
        items = _versions(history) if vendor.has_versions else _items(history, vendor)
        # What a price costs that no look found on the list nobody tells.
        rows["subscription_items"] += [
            _priced(item, rows["prices"]) for item in items
            if not item.get("tiers") or not vendor.lists_prices or item["price_id"] in listed
        ]  # fmt: skip
    rows["subscriptions"] = [_last_row(history) for history in histories.values()]
    owned: dict[Value, list[list[Shown]]] = {}
    for history in histories.values():
        owned.setdefault(_last_row(history)["customer_id"], []).append(history)
    for owner, owners in owned.items():
        own = [customers[str(owner)]] if str(owner) in customers else []
        rows["discounts"] += discounts_told([*owners, *(own if vendor.discounts_customers else [])], vendor)
    rows["customers"] = [{"customer_id": row["customer_id"]} for row in rows["subscriptions"]]
    return rows


def _last_row(history: Sequence[Shown]) -> Row:
    return next(look.row for look in reversed(history) if look.row is not None)


# ---- standings


def _statuses(history: Sequence[Shown], vendor: Vendor) -> list[tuple[datetime, str]]:
    """From when on the subscription stood how."""
    found = _first_sight(history[0], vendor)
    for before, look in pairwise(history):
        was = "ended" if before.row is None else str(before.row["status"])
        now = "ended" if look.row is None else str(look.row["status"])
        if now == was:
            continue
        begins = max(_own_date(look, was, vendor) or _announced(before, was, now, look) or look.at, before.at)
        if was == "trialing" and now in UNPAID and before.row is not None:
            over = (look.row or before.row)["trial_ended_at"]
            if over is not None and instant_of(over) < begins:
                found.append((max(instant_of(over), before.at), "active"))
        found = [piece for piece in found if piece[0] < begins] + [(begins, now)]
    ends = _end_to_come(history[-1])
    return [piece for piece in found if piece[0] < ends] + [(ends, "ended")] if ends is not None else found


def _end_to_come(look: Shown) -> datetime | None:
    """The end that a look announces of what runs: it comes, unless a later look says otherwise."""
    if look.row is None or look.row["status"] in ("ended", "incomplete"):
        return None
    ends = look.row.get("ends_at")
    return ends if isinstance(ends, datetime) and ends >= look.at else None


def _first_sight(look: Shown, vendor: Vendor) -> list[tuple[datetime, str]]:
    row = look.row
    assert row is not None
    status, started = str(row["status"]), instant_of(row["started_at"])
    found = [(started, "active")]
    trial = row.get("trial_started_at"), row.get("trial_ended_at")
    if isinstance(trial[0], datetime) and isinstance(trial[1], datetime):
        later = trial[0] > started + timedelta(days=1)
        found = [*found, (trial[0], "trialing")] if later else [(started, "trialing")]
        if status != "trialing":
            found.append((min(trial[1], look.at), "active"))
    if status in UNPAID:
        begins = _own_date(look, status, vendor) or look.at
        found = [piece for piece in found if piece[0] < begins] + [(max(begins, started), status)]
    return found


def _announced(before: Shown, was: str, now: str, look: Shown) -> datetime | None:
    """The end of a pause, or of what is no longer listed, that was announced and has passed."""
    if before.row is None:
        return None
    column = "resumes_at" if (was, now) == ("paused", "active") else "ends_at" if look.row is None else ""
    told = before.row.get(column)
    return told if isinstance(told, datetime) and before.at <= told <= look.at else None


def _own_date(look: Shown, was: str, vendor: Vendor) -> datetime | None:
    """The date that the row itself gives to its status."""
    if look.row is None:
        return None
    row, status = look.row, look.row["status"]
    if status == "active":
        column = "trial_ended_at" if was == "trialing" else ""
    else:
        column = {"ended": "ended_at", "paused": "paused_at" if vendor.dates_pauses else "",
                  "trialing": "trial_started_at"}.get(str(status), "")  # fmt: skip
    value = row.get(column)
    return value if isinstance(value, datetime) else None


# ---- items


def _items(history: Sequence[Shown], vendor: Vendor) -> list[Row]:
    """The items of a system that shows the present only: terms by look, standing by the subscription."""
    statuses = _statuses(history, vendor)
    rows: list[Row] = []
    for key in dict.fromkeys(key for look in history for key in look.items):
        for terms, start, end in _spells(key, history, vendor):
            rows += _cut(terms | {"item_id": key}, start, end, statuses)
    return rows


def _spells(
    key: str, history: Sequence[Shown], vendor: Vendor
) -> list[tuple[Row, datetime, datetime | None]]:
    """The times of the same terms of one item."""
    found: list[tuple[Row, datetime, datetime | None]] = []
    standing: tuple[Row, datetime] | None = None
    for n, look in enumerate(history):
        item = look.items.get(key)
        if standing is not None and (item is None or text_of(TERMS, item) != text_of(TERMS, standing[0])):
            going = look.at if item is not None else _going(n, history, vendor)
            found.append((*standing, going))
            standing = (item, look.at) if item is not None else None
        elif standing is None and item is not None:
            begins = _coming(key, n, history, vendor)
            listed = history[n - 1].tiers.get(item["price_id"]) if n and vendor.lists_prices else None
            if listed is not None and listed != item["tiers"] and begins < look.at:
                # The list said so until this look, and the item has the list's price.
                found.append((item | {"tiers": listed}, begins, look.at))
                begins = look.at
            standing = item, begins
    return [*found, (*standing, None)] if standing is not None else found


def _coming(key: str, n: int, history: Sequence[Shown], vendor: Vendor) -> datetime:
    """When an item began that look n shows and the one before it does not."""
    look = history[n]
    item, row = look.items[key], look.row
    assert row is not None
    if any(key in before.items for before in history[:n]):
        return look.at
    made = instant_of(item["made_at"]) if vendor.dates_items else None
    if n:
        return made if made is not None and made > history[n - 1].at else look.at
    if made is not None and made > instant_of(row["created_at"]) + timedelta(days=1):
        return made
    return instant_of(row["started_at"])


def _going(n: int, history: Sequence[Shown], vendor: Vendor) -> datetime:
    """When an item ended that look n no longer shows: where what comes in its place begins."""
    before, look = history[n - 1], history[n]
    coming = [_coming(key, n, history, vendor) for key in look.items if key not in before.items]
    return max(min([*coming, look.at]), before.at)


def _versions(history: Sequence[Shown]) -> list[Row]:
    """The versions of a system that lists them all; what the price list says of them it says by look."""
    rows: list[Row] = []
    last = history[-1].items
    for version in last.values():
        price_id, since = version["price_id"], instant_of(version["valid_from"])
        told = [(look.at, look.tiers[price_id]) for look in history if price_id in look.tiers]
        told = told or [(since, version.get("tiers"))]
        later = (instant_of(v["valid_from"]) for v in last.values() if v["item_id"] == version["item_id"])
        until = min((at for at in later if at > since), default=None)
        for n, (start, tiers) in enumerate(told):
            begins = max(start, since) if n else since
            if (not n or told[n - 1][1] != tiers) and (until is None or begins < until):
                rows.append(version | {"valid_from": begins, "valid_to": until, "tiers": tiers})
    return rows


def _cut(
    terms: Row, start: datetime, end: datetime | None, statuses: Sequence[tuple[datetime, str]]
) -> list[Row]:
    """The terms of one spell, once for each standing in it."""
    rows: list[Row] = []
    for n, (since, status) in enumerate(statuses):
        until = statuses[n + 1][0] if n + 1 < len(statuses) else None
        begins = max(start, since) if n else start
        ends = min((at for at in (end, until) if at is not None), default=None)
        if ends is None or begins < ends:
            rows.append(terms | {"valid_from": begins, "valid_to": ends, "status": status})
    return rows


def _priced(item: Row, prices: list[Row]) -> Row:
    """An item whose price has tiers of its own, each version of them as a price of its own."""
    if not item.get("tiers"):
        return item
    price_id = f"{item['price_id']} {item['tiers']}"
    prices.append({"price_id": price_id, "tiers": item["tiers"], "billing_scheme": item["billing_scheme"]})
    return item | {"price_id": price_id}
