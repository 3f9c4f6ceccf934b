"""Chargebee: wrapped objects as JSON lines. It has no past-due status (`due_since` says it) and no
voluntary reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from orchestration.synthetic.catalogue import PRICES, Price, Product, Tier, money
from orchestration.synthetic.dialects.stripe import standing_items
from orchestration.synthetic.dialects.writing import Record, epoch, json_lines, minor
from orchestration.synthetic.events import Row, Value
from orchestration.synthetic.nights import Key, Night

STATUS = {
    "active": "active", "past_due": "active", "unpaid": "active", "trialing": "in_trial", "paused": "paused",
    "ended": "cancelled", "incomplete": "future",
}  # fmt: skip
INVOICE_STATUS = {
    "open": "payment_due",
    "uncollectible": "not_paid",
    "void": "voided",
    "paid": "paid",
    "draft": "pending",
}
OUTCOME = {"succeeded": "success", "failed": "failure", "pending": "in_progress", "charged_back": "success"}
METHOD = {"card": "card", "sepa_debit": "direct_debit", "transfer": "bank_transfer"}


@dataclass(frozen=True, slots=True)
class Chargebee:
    """Customers, subscriptions, invoices and transactions as the list endpoints give them.

    `catalog_1` writes the shape of Product Catalog 1.0; `lists_deleted` is the parameter `include_deleted`.
    """

    catalog_1: bool = False
    lists_deleted: bool = False

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """One file per object type; none where there is none yet."""
        files = {
            f"{name}s.jsonl": self._document(name, night, self._listed(table, night))
            for name, table in OBJECTS.items()
            if name != "coupon" or self.catalog_1
        }
        files["transactions.jsonl"] += json_lines(
            [{"transaction": self._refund(row)} for row in night.rows("reversals") if row["kind"] == "refund"]
        )
        return {name: content for name, content in files.items() if content}

    def _listed(self, table: str, night: Night) -> list[Key]:
        rows = night.tables.get(table, {})
        return [key for key, row in rows.items() if self.lists_deleted or not row.get("deleted")]

    def delta(self, night: Night) -> dict[str, bytes]:
        """The objects that changed, as `updated_at[after]` would list them."""
        files = {}
        for name, table in OBJECTS.items():
            keys = dict.fromkeys(night.changed(table) if name != "coupon" or self.catalog_1 else ())
            if name == "subscription":
                keys |= dict.fromkeys((key[0],) for key in night.changed("subscription_items"))
                keys |= night.parents("discounts", "subscription_id")
            if keys:
                files[f"{name}s.delta.jsonl"] = self._document(name, night, list(keys))
        return files

    def _document(self, name: str, night: Night, keys: Iterable[Key]) -> bytes:
        listed = []
        for key in keys:
            row = night.tables.get(OBJECTS[name], {}).get(key)
            record: Any = (
                {"id": key[0], "deleted": True} if row is None else getattr(self, f"_{name}")(row, night)
            )
            listed.append({name: {**record, "object": name, "updated_at": epoch(night.at)}})
        return json_lines(listed)

    def _customer(self, row: Row, night: Night) -> Record:
        return {
            "id": row["customer_id"], "company": row["name"], "email": row["email"],
            "created_at": epoch(row["created_at"]), "preferred_currency_code": row["currency"],
            "billing_address": {"country": row["country"]}, "channel": "web", "deleted": False,
            "cf_crm_company_id": row["crm_account_id"],
        }  # fmt: skip

    def _subscription(self, row: Row, night: Night) -> Record:
        status, items = str(row["status"]), standing_items(row, night)
        pending = bool(row.get("ends_at")) and status != "ended"
        plan = next(item for item in items if is_plan(item))
        record: dict[str, Any] = {
            "id": row["subscription_id"], "customer_id": row["customer_id"], "currency_code": row["currency"],
            "status": "non_renewing" if pending and status == "active" else STATUS[status],
            "created_at": epoch(row["created_at"]), "started_at": epoch(row["started_at"]),
            "trial_start": epoch(row.get("trial_started_at")), "trial_end": epoch(row.get("trial_ended_at")),
            "activated_at": activated_at(row),
            "cancelled_at": epoch(row.get("ended_at") or (row.get("ends_at") if pending else None)),
            "cancel_schedule_created_at": epoch(row.get("cancel_requested_at")) if pending else None,
            "cancel_reason": "not_paid" if row.get("end_reason") == "involuntary" else None,
            "cancel_reason_code": row.get("end_feedback"), "pause_date": epoch(row.get("paused_at")),
            "resume_date": epoch(row.get("resumes_at")), "due_since": self._due_since(row, night),
            "billing_period": months_or_days(plan),
            "billing_period_unit": unit(plan["interval_unit"]),
            "deleted": False, **self._terms(row, night, plan, items),
        }  # fmt: skip
        if row.get("deleted"):
            # What is deleted is not cancelled: it is listed as it stood.
            record |= {"deleted": True, "status": "active", "cancelled_at": None}
        return {key: value for key, value in record.items() if value is not None}

    def _terms(self, row: Row, night: Night, plan: Row, items: list[Row]) -> Record:
        """What is paid: the items and discounts, or the plan, add-ons and coupons of Product Catalog 1.0."""
        discounts = night.of("discounts", row["subscription_id"])
        if not self.catalog_1:
            return {
                "subscription_items": [self._item(item) for item in items],
                "discounts": [self._discount(discount) for discount in discounts],
            }
        return {
            "plan_id": plan["price_id"], "plan_quantity": int(str(plan["quantity"])),
            "plan_unit_price": self._unit_price(plan),
            "plan_amount": self._amount(plan),
            "addons": [
                {"id": item["price_id"], "quantity": int(str(item["quantity"])),
                 "unit_price": self._unit_price(item), "amount": self._amount(item)}
                for item in items if item is not plan
            ],
            "coupons": [
                {"coupon_id": coupon_of(discount), "apply_till": epoch(discount["ends_at"])}
                for discount in discounts if not discount.get("bound_price_id")
            ],
            "discounts": [self._discount(d) for d in discounts if d.get("bound_price_id")],
        }  # fmt: skip

    def _coupon(self, row: Row, night: Night) -> Record:
        percent = row["percent_off"]
        months = None
        if isinstance(row["ends_at"], datetime) and isinstance(row["starts_at"], datetime):
            months = (row["ends_at"] - row["starts_at"]).days // 30
        return {
            "id": coupon_of(row), "discount_type": "percentage" if percent is not None else "fixed_amount",
            "discount_percentage": None if percent is None else float(str(percent)),
            "discount_amount": minor(row["amount_off"], row["currency"]) if row["currency"] else None,
            "currency_code": row["currency"], "duration_type": DURATION[str(row["duration"])],
            "duration_month": months, "apply_on": "invoice_amount", "status": "active",
        }  # fmt: skip

    def _due_since(self, row: Row, night: Night) -> int | None:
        if row["status"] not in ("past_due", "unpaid"):
            return None
        if row.get("due_since"):
            return epoch(row["due_since"])
        owed = [i["due_at"] for i in night.of("invoices", row["subscription_id"]) if i["status"] == "open"]
        return epoch(owed[0]) if owed else None

    def _item(self, item: Row) -> Record:
        scheme = "package" if item.get("package_size") else item["billing_scheme"]
        record: dict[str, Any] = {
            "item_price_id": item["price_id"], "object": "subscription_item",
            "quantity": int(str(item["quantity"])),
            "item_type": "plan" if is_plan(item) else "addon", "unit_price": self._unit_price(item),
            "amount": self._amount(item),
            "metered_quantity": "0" if item["usage_type"] == "metered" else None,
            "pricing_model": {"per_unit": "per_unit", "tiered": "tiered", "volume": "volume",
            "package": "package"}[str(scheme)],
        }  # fmt: skip
        return {key: value for key, value in record.items() if value is not None}

    def _unit_price(self, item: Row) -> int | None:
        """The price of one unit, where there is one: tiers, packages and metered items have none."""
        if item["usage_type"] != "licensed" or item.get("package_size"):
            return None
        return minor(item["unit_amount"], item["currency"])

    def _amount(self, item: Row) -> int | None:
        """What the quantity costs in all, where one unit has no price."""
        if item["unit_amount"] is not None and not item.get("package_size"):
            return None
        amount = listed_price(item).amount(Decimal(str(item["quantity"])))
        return minor(money(amount, str(item["currency"])), item["currency"])

    def _discount(self, row: Row) -> Record:
        kind, bound = DURATION[str(row["duration"])], row.get("bound_price_id")
        return {
            **({"apply_on": "specific_item_price", "item_price_id": bound} if bound else {}),
            "id": row["discount_id"],
            "type": "percentage" if row["percent_off"] is not None else "fixed_amount",
            "percentage": None if row["percent_off"] is None else float(str(row["percent_off"])),
            "amount": minor(row["amount_off"], row["currency"]) if row["currency"] else None,
            "currency_code": row["currency"], "duration_type": kind, "apply_till": epoch(row["ends_at"]),
            "created_at": epoch(row["starts_at"]), "included_in_mrr": kind != "one_time",
        }  # fmt: skip

    def _invoice(self, row: Row, night: Night) -> Record:
        currency = row["currency"]
        return {
            "id": row["invoice_id"], "customer_id": row["customer_id"],
            "subscription_id": row["subscription_id"],
            "currency_code": currency, "status": INVOICE_STATUS[str(row["status"])],
            "date": epoch(row["issued_at"]),
            "due_date": epoch(row["due_at"]), "paid_at": epoch(row["paid_at"]),
            "voided_at": epoch(row["voided_at"]), "next_retry_at": epoch(row["next_attempt_at"]),
            "sub_total": minor(row["subtotal"], currency), "tax": minor(row["tax_total"], currency),
            "total": minor(row["total"], currency), "amount_paid": minor(row["amount_paid"], currency),
            "amount_due": minor(row["amount_due"], currency), "recurring": True,
            "line_items": [self._line(line) for line in night.of("invoice_lines", row["invoice_id"])],
            "linked_payments": [
                {"txn_id": p["payment_id"], "applied_amount": minor(p["amount_applied"], currency),
                 "applied_at": epoch(p["applied_at"])}
                for p in night.of("invoice_payments", row["invoice_id"])
            ],
        }  # fmt: skip

    def _line(self, line: Row) -> Record:
        currency = line["currency"]
        net, off = minor(line["amount_ex_tax"], currency) or 0, minor(line["discount_amount"], currency) or 0
        return {
            "id": line["line_id"], "subscription_id": line["subscription_id"], "entity_id": line["price_id"],
            "entity_type": {"recurring": "plan_item_price",
            "usage": "addon_item_price"}.get(str(line["kind"]), "adhoc"),
            "quantity": int(str(line["quantity"])), "unit_amount": minor(line["unit_amount"], currency),
            "amount": net + off, "discount_amount": off, "tax_amount": minor(line["tax_amount"], currency),
            "date_from": epoch(line["service_start_at"]), "date_to": epoch(line["service_end_at"]),
            "is_taxed": bool(line["tax_amount"]), "metered": line["kind"] == "usage",
        }  # fmt: skip

    def _transaction(self, row: Row, night: Night) -> Record:
        currency = row["currency"]
        return {
            "id": row["payment_id"], "customer_id": row["customer_id"], "type": "payment",
            "status": OUTCOME[str(row["outcome"])], "date": epoch(row["attempted_at"]),
            "settled_at": epoch(row["settled_at"]), "amount": minor(row["amount"], currency),
            "currency_code": currency, "payment_method": METHOD[str(row["method"])],
            "error_code": row["failure_code"],
            "linked_invoices": [{"invoice_id": link["invoice_id"],
                                 "applied_amount": minor(link["amount_applied"], currency)}
                                for link in night.of("invoice_payments", row["payment_id"])],
        }  # fmt: skip

    def _refund(self, row: Row) -> Record:
        return {
            "id": row["reversal_id"], "type": "refund", "status": "success",
            "date": epoch(row["occurred_at"]),
            "amount": minor(row["amount"], row["currency"]), "currency_code": row["currency"],
            "refunded_txn_id": row["payment_id"], "object": "transaction",
            "linked_credit_notes": [
                {"cn_id": f"cn_{row['reversal_id']}", "cn_reference_invoice_id": f"of_{row['payment_id']}"}
            ],
        }  # fmt: skip


DURATION = {"once": "one_time", "repeating": "limited_period", "forever": "forever"}
OBJECTS = {
    "customer": "customers",
    "coupon": "discounts",
    "subscription": "subscriptions",
    "invoice": "invoices",
    "transaction": "payments",
}


def is_plan(item: Row) -> bool:
    """Whether an item carries the plan; everything else is an add-on."""
    return item["usage_type"] == "licensed" and not str(item["product_id"]).startswith("addon")


def coupon_of(discount: Row) -> str:
    """Every discount is made of a coupon of its own."""
    return f"coupon_{str(discount['discount_id'])[3:]}"


def listed_price(item: Row) -> Price:
    """The price of an item, from the list of all or with the terms that the item itself names."""
    listed = PRICES.get(str(item["price_id"]))
    if listed is not None:
        return listed
    size, amount = item.get("package_size"), item["unit_amount"]
    steps = json.loads(str(item["tiers"] or "[]"))
    return Price(
        price_id=str(item["price_id"]), product=Product(str(item["product_id"]), "", Decimal(0), 0,
        scheme=str(item["billing_scheme"])), currency=str(item["currency"]),
        unit_amount=None if amount is None else Decimal(str(amount)),
        tiers=tuple(Tier(step["up_to"], Decimal(step["unit_amount"])) for step in steps),
        interval_unit=str(item["interval_unit"]), interval_count=int(str(item["interval_count"])),
        package_size=int(str(size)) if size else None,
    )  # fmt: skip


def activated_at(row: Row) -> int | None:
    """The end of the trial, or the start where there was none."""
    return None if row["status"] == "trialing" else epoch(row.get("trial_ended_at") or row["started_at"])


def months_or_days(plan: Row) -> int:
    """How many of Chargebee's units make one period: a quarter is three months."""
    return int(str(plan["interval_count"])) * (3 if plan["interval_unit"] == "quarter" else 1)


def unit(interval: Value) -> str:
    """Chargebee has no quarter: three months."""
    return "month" if interval == "quarter" else str(interval)
