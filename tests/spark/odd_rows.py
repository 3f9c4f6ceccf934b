"""Adds sources that give every type of finding to a written company: a demo has none to compare.

python -m tests.spark.odd_rows build/spark
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.pipeline import write_canonical

START = "2024-01-10T12:00:00Z"
ITEM = {
    "subscription_id": "odd",
    "valid_from": START,
    "customer_id": "odd",
    "status": "active",
    "currency": "EUR",
    "unit_amount": "100",
    "quantity": "1",
    "billing_scheme": "flat",
    "usage_type": "licensed",
    "interval_unit": "month",
    "interval_count": "1",
}
SUBSCRIPTION = {"subscription_id": "odd", "customer_id": "odd", "status": "active", "started_at": START}
CUSTOMER = {"customer_id": "odd", "created_at": START, "country": "FR"}
DISCOUNT = {"subscription_id": "odd", "duration": "forever", "starts_at": START}
CHANGE = {"subscription_id": "falling", "item_id": "falling", "customer_id": "falling", "currency": "EUR"}
# One CRM account goes on in another billing system ten days after it left the first.
LEAVING = {"customer_id": "leaving", "created_at": START, "crm_account_id": "moved"}
ARRIVING = {"customer_id": "arriving", "created_at": "2024-03-10T00:00:00Z", "crm_account_id": "moved"}
# Stripe's item of a subscription that began a year before it: what was paid until then nobody tells.
LATE_ITEM = {
    "id": "sub_late",
    "customer": "cus_late",
    "status": "active",
    "currency": "eur",
    "created": 1672531200,
    "start_date": 1672531200,
    "livemode": True,
    "items": {
        "data": [
            {
                "id": "si_late",
                "created": 1704067200,
                "quantity": 1,
                "price": {
                    "id": "p",
                    "currency": "eur",
                    "unit_amount": 100,
                    "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
                    "billing_scheme": "per_unit",
                },
            }
        ],
        "has_more": False,
    },
}
SOURCES: Mapping[str, tuple[str, Mapping[str, Sequence[Mapping[str, Any]]]]] = {
    "odd_items": (
        "items",
        {
            "crm_accounts": [{"crm_account_id": "moved", "name": "Moved"}],
            "customers": [CUSTOMER, LEAVING],
            "subscriptions": [
                {**SUBSCRIPTION, "mrr_reported": "1"},
                {**SUBSCRIPTION, "subscription_id": "without_item"},
                {**SUBSCRIPTION, "subscription_id": "over_since", "status": "ended"},
            ],
            "subscription_items": [
                {**ITEM, "item_id": "unread", "unread_terms": "tax in the price"},
                {
                    **ITEM,
                    "subscription_id": "leaving",
                    "item_id": "leaving",
                    "customer_id": "leaving",
                    "valid_to": "2024-03-01T00:00:00Z",
                },
                {**ITEM, "item_id": "overlapping", "valid_to": "2024-04-01T00:00:00Z"},
                {**ITEM, "item_id": "overlapping", "valid_from": "2024-03-01T00:00:00Z", "quantity": "2"},
                {**ITEM, "item_id": "unpriced", "unit_amount": None},
                {**ITEM, "item_id": "of_nobody", "subscription_id": "of_nobody", "customer_id": None},
                {**ITEM, "item_id": "discounted"},
                {**ITEM, "item_id": "much_discounted"},
            ],
            "discounts": [
                {
                    **DISCOUNT,
                    "discount_id": "dollars",
                    "item_id": "discounted",
                    "amount_off": "10",
                    "currency": "USD",
                },
                *(
                    {
                        **DISCOUNT,
                        "discount_id": f"percent_{number}",
                        "item_id": "much_discounted",
                        "percent_off": number,
                    }
                    for number in range(1, 6)
                ),
            ],
        },
    ),
    "odd_changes": (
        "changes",
        {
            "customers": [{**CUSTOMER, "customer_id": "falling"}],
            "subscription_changes": [
                {**CHANGE, "change_id": "up", "occurred_at": START, "mrr_delta": "10"},
                {**CHANGE, "change_id": "down", "occurred_at": "2024-02-10T12:00:00Z", "mrr_delta": "-25"},
            ],
        },
    ),
    "odd_basis": (
        "invoice_lines",
        {
            "customers": [CUSTOMER, ARRIVING],
            "subscriptions": [SUBSCRIPTION],
            "subscription_items": [
                {**ITEM, "item_id": "plain"},
                {
                    **ITEM,
                    "subscription_id": "arriving",
                    "item_id": "arriving",
                    "customer_id": "arriving",
                    "valid_from": "2024-03-10T00:00:00Z",
                },
            ],
        },
    ),
}
"""Source to the basis it is set to, and its canonical tables."""


def write_extracts(extracts: Path) -> list[dict[str, Any]]:
    """Write the sources' tables below that folder; their entries of a company file."""
    for name, (_, tables) in SOURCES.items():
        write_canonical(extracts / name, tables)
    states = extracts / "odd_states" / "subscriptions_20240601.jsonl"
    states.parent.mkdir(parents=True)
    states.write_text(json.dumps(LATE_ITEM) + "\n", encoding="utf-8")
    mapping = extracts.parent / "odd_basis.yml"
    mapping.write_text(yaml.safe_dump(_own_mapping("odd_basis"), sort_keys=False), encoding="utf-8")
    return [
        {"name": "odd_states", "mapping": "stripe"},
        {"name": "odd_basis", "mapping": str(mapping.resolve())},
        *(
            {"name": name, "mapping": "canonical", "options": {"mrr_basis": basis}}
            for name, (basis, _) in SOURCES.items()
            if name != "odd_basis"
        ),
    ]


def _own_mapping(name: str) -> dict[str, Any]:
    """A mapping that promises a history which its files do not hold; an option that does so is refused."""
    basis, tables = SOURCES[name]
    return {
        "source": {"name": name, "system": "own", "kind": "billing", "mrr_basis": basis},
        "files": [
            {
                "table": table,
                "match": f"{table}.csv",
                "delivery": "delta",
                "columns": {column: {"from": column} for row in rows for column in row},
            }
            for table, rows in tables.items()
        ],
    }


def main() -> None:
    """Add the sources to the company in a folder, which keeps its other settings."""
    folder = Path(sys.argv[1])
    path = folder / "company.yml"
    company = yaml.safe_load(path.read_text(encoding="utf-8"))
    company["sources"] += write_extracts(folder / company["extracts"])
    path.write_text(yaml.safe_dump(company, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main()
