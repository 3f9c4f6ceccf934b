"""Hand-written timelines (the shape of golden_cases.json) as canonical rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from oracle.inputs import Policies, read_inputs
from oracle.ledger import Oracle

GOLDEN = Path(__file__).parent.parent / "data" / "golden_cases.json"


def golden_cases() -> list[dict[str, Any]]:
    return json.loads(GOLDEN.read_text(encoding="utf-8"))


def moment(text: str, zone: str) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def canonical_rows(timeline: list[dict[str, Any]], zone: str = "UTC") -> dict[str, list[dict[str, Any]]]:
    """One subscription per item; an event changes what it names and keeps the rest."""
    tables: dict[str, list[dict[str, Any]]] = {"subscription_items": [], "subscriptions": [], "discounts": []}
    standing: dict[str, dict[str, Any]] = {}
    given: dict[str, list[dict[str, Any]]] = {}
    for event in sorted(timeline, key=lambda event: moment(event["at"], zone)):
        item = f"{event['c']}/{event.get('i', 'i1')}"
        at = moment(event["at"], zone)
        if item not in standing:
            tables["subscriptions"].append(
                {"subscription_id": item, "customer_id": event["c"], "started_at": at}
            )
        state = standing.setdefault(item, {"status": "active", "amount": 0, "qty": 1, "interval": "month"})
        state.update(event)
        if "discounts" in event:
            for row in given.get(item, []):
                row["ends_at"] = row["ends_at"] or at
            given[item] = [
                {"discount_id": f"{item}/{at}/{n}", "item_id": item, "duration": discount["duration"],
                 "percent_off": discount.get("percent"), "amount_off": discount.get("amount"),
                 "starts_at": at,
                 "ends_at": moment(discount["end"], zone) if "end" in discount else None}
                for n, discount in enumerate(event["discounts"])
            ]  # fmt: skip
            tables["discounts"] += given[item]
        tables["subscription_items"].append(
            {"subscription_id": item, "item_id": item, "valid_from": at, "currency": state.get("currency",
            "USD"),
             "status": {"canceled": "ended"}.get(state["status"], state["status"]), "quantity": state["qty"],
             "unit_amount": state["amount"], "interval_unit": state["interval"],
             "interval_count": state.get("count", 1), "product_id": item,
             "usage_type": state.get("usage_type", "licensed"),
             "cancel_at_period_end": state.get("cancel_at_period_end", False)}
        )  # fmt: skip
    return tables


def oracle_of(case: dict[str, Any]) -> Oracle:
    config = case.get("config", {})
    zone = config.get("tz", "UTC")
    rows = canonical_rows(case["timeline"], zone)
    base = config.get("base", "USD")
    rows["fx_rates"] = [
        {"rate_on": day, "base": currency, "quote": base, "rate": str(rate)}
        for currency, rates in config.get("fx", {}).items()
        for day, rate in rates.items()
    ]
    policies = Policies(
        reporting_currency=base,
        reporting_timezone=zone,
        discounts="all" if "discounts" in config else "forever+repeating",
        reactivation_window_days=config.get("reactivation_window_days"),
        fx_max_age_days=4_000,
    )
    last = max(moment(event["at"], zone) for event in case["timeline"])
    ends = [row["ends_at"] for row in rows["discounts"] if row["ends_at"] is not None]
    return Oracle(read_inputs(rows), policies, max([last, *ends]) + timedelta(days=40))
