"""Chargebee: wrapped objects as JSON lines. It has no past-due status (`due_since` says it) and no
voluntary reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestration.synthetic.catalogue import PRICES, money
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
    """Customers, subscriptions, invoices and transactions as the list endpoints give them."""

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """One file per object type; none where there is none yet."""
        files = {
            f"{name}s.jsonl": self._document(name, night, list(night.tables.get(table, {})))
            for name, table in OBJECTS.items()
        }
        return {name: content for name, content in files.items() if content}

    def delta(self, night: Night) -> dict[str, bytes]:
        """The objects that changed, as `updated_at[after]` would list them."""
        files = {}
        for name, table in OBJECTS.items():
            keys = dict.fromkeys(night.changed(table))
            if name == "subscription":
                keys |= dict.fromkeys((key[0],) for key in night.changed("subscription_items"))
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
        plan = items[0]
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
            "deleted": False, "subscription_items": [self._item(item) for item in items],
            "discounts": [self._discount(d) for d in night.of("discounts", row["subscription_id"])],
        }  # fmt: skip
        return {key: value for key, value in record.items() if value is not None}

    def _due_since(self, row: Row, night: Night) -> int | None:
        if row["status"] not in ("past_due", "unpaid"):
            return None
        owed = [i["due_at"] for i in night.of("invoices", row["subscription_id"]) if i["status"] == "open"]
        return epoch(owed[0]) if owed else None

    def _item(self, item: Row) -> Record:
        currency, product = item["currency"], str(item["product_id"])
        is_plan = item["usage_type"] == "licensed" and not product.startswith("addon")
        record: dict[str, Any] = {
            "item_price_id": item["price_id"], "object": "subscription_item",
            "quantity": int(str(item["quantity"])),
            "item_type": "plan" if is_plan else "addon",
            "unit_price": minor(item["unit_amount"], currency) if item["usage_type"] == "licensed" else None,
            "amount": self._amount(item) if item["unit_amount"] is None else None,
            "metered_quantity": "0" if item["usage_type"] == "metered" else None,
            "pricing_model": {"per_unit": "per_unit", "tiered": "tiered",
            "volume": "volume"}[str(item["billing_scheme"])],
        }  # fmt: skip
        return {key: value for key, value in record.items() if value is not None}

    def _amount(self, item: Row) -> int | None:
        """What the quantity costs in all: tiers have no price of one unit."""
        quantity = Decimal(str(item["quantity"]))
        return minor(
            money(PRICES[str(item["price_id"])].amount(quantity), str(item["currency"])), item["currency"]
        )

    def _discount(self, row: Row) -> Record:
        kind = {"once": "one_time", "repeating": "limited_period", "forever": "forever"}[str(row["duration"])]
        return {
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


OBJECTS = {
    "customer": "customers",
    "subscription": "subscriptions",
    "invoice": "invoices",
    "transaction": "payments",
}


def activated_at(row: Row) -> int | None:
    """The end of the trial, or the start where there was none."""
    return None if row["status"] == "trialing" else epoch(row.get("trial_ended_at") or row["started_at"])


def months_or_days(plan: Row) -> int:
    """How many of Chargebee's units make one period: a quarter is three months."""
    return int(str(plan["interval_count"])) * (3 if plan["interval_unit"] == "quarter" else 1)


def unit(interval: Value) -> str:
    """Chargebee has no quarter: three months."""
    return "month" if interval == "quarter" else str(interval)
