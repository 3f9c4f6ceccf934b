"""Stripe API objects as JSON lines: the shape since 2025 (basil), and the one of 2022-11-15."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from orchestration.synthetic.bills import moment
from orchestration.synthetic.dialects.writing import Record, epoch, json_lines, minor, minor_text
from orchestration.synthetic.events import Row, Value
from orchestration.synthetic.nights import Key, Night

STATUS = {"ended": "canceled"}
REASON = {"voluntary": "cancellation_requested", "involuntary": "payment_failed"}
METHOD = {"card": "card", "sepa_debit": "sepa_debit", "transfer": "customer_balance"}
CATEGORY = {"paid": "paid", "granted": "promotional"}
TRANSACTIONS = {
    "grant": ("credit", "credits_granted"), "draw_down": ("debit", "credits_applied"),
    "expiry": ("debit", "credits_expired"),
}  # fmt: skip
MARKED = frozenset({"credit_purchase", "true_up"})
"""Lines whose seller notes what they are: Stripe does not say it."""
OUTCOME = {"charged_back": "succeeded", "canceled": "failed"}


def native_id(native: Value) -> str:
    """The id as the company itself writes it."""
    return str(native)


@dataclass(frozen=True, slots=True)
class Stripe:
    """Stripe as an extractor with `expand` reads it. `legacy` writes the shape of API version 2022-11-15.

    `objects` limits the object types that are read (default: all).
    """

    legacy: bool = False
    objects: frozenset[str] | None = None
    crm_id: Callable[[Value], str] = native_id
    """The id under which the company's CRM knows the account that a customer names."""
    pauses_collection: bool = False
    """Whether a pause leaves the status active, as the API does; else the status says paused."""

    def snapshot(self, night: Night) -> dict[str, bytes]:
        """One file per object type with all its records; no file where there is none yet."""
        files = {
            f"{name}.jsonl": json_lines(self._records(name, night, list(night.tables.get(table, {}))))
            for name, (table, _) in self._objects().items()
        }
        return {name: content for name, content in files.items() if content}

    def delta(self, night: Night) -> dict[str, bytes]:
        """One file per object type of which something changed; a deleted customer is marked as such."""
        files = {}
        for name, (table, parents) in self._objects().items():
            keys = dict.fromkeys(night.changed(table))
            for child, column in parents:
                keys |= night.parents(child, column)
            if table == "invoice_payments":
                keys |= self._links_of_changed_invoices(night)
            files[f"{name}.delta.jsonl"] = json_lines(self._records(name, night, list(keys)))
        return {name: content for name, content in files.items() if content}

    @staticmethod
    def _links_of_changed_invoices(night: Night) -> dict[Key, None]:
        """What was to pay an invoice is another one once that is paid."""
        return {
            (link["invoice_id"], link["payment_id"]): None
            for (invoice_id, *_) in night.changed("invoices")
            for link in night.of("invoice_payments", invoice_id)
        }

    def _objects(self) -> dict[str, tuple[str, tuple[tuple[str, str], ...]]]:
        """Object to its table, and the child tables whose rows are part of it."""
        objects: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
            "customers": ("customers", (("discounts", "customer_id"),)),
            "prices": ("prices", ()),
            "subscriptions": (
                "subscriptions", (("subscription_items", "subscription_id"), ("discounts",
                "subscription_id"), ("commitments", "subscription_id")),
            ),
            "invoices": ("invoices", ()),
            "charges": ("payments", ()),
            "refunds": ("reversals", ()),
            "disputes": ("reversals", ()),
            "credit_notes": ("credit_notes", ()),
            "credit_grants": ("credit_transactions", ()),
            "credit_balance_transactions": ("credit_transactions", ()),
        }  # fmt: skip
        if not self.legacy:
            objects["invoice_payments"] = ("invoice_payments", ())
        if self.legacy or self.objects:
            # Versions since basil have no list of it; a request may name the older version.
            objects["usage_record_summaries"] = ("usage_records", ())
        return {
            name: table for name, table in objects.items() if self.objects is None or name in self.objects
        }

    def _records(self, name: str, night: Night, keys: Iterable[Key]) -> Iterable[Record]:
        table = self._objects()[name][0]
        make: Callable[[Row, Night], Record | None] = getattr(self, f"_{name}")
        for key in keys:
            row = night.tables.get(table, {}).get(key)
            if row is None:
                yield {"id": key[0], "object": name.rstrip("s"), "deleted": True}
                continue
            record = make(row, night)
            if record is not None:
                yield record

    def _customers(self, row: Row, night: Night) -> Record:
        record: dict[str, Any] = {
            "id": row["customer_id"], "object": "customer", "created": epoch(row["created_at"]),
            "currency": str(row["currency"]).lower(), "email": row["email"], "name": row["name"],
            "livemode": True, "address": {"country": row["country"]},
            "metadata": {
                "crm_company_id": self.crm_id(row["crm_account_id"]) if row["crm_account_id"] else None,
                "segment": row["segment"], "sales_model": row["sales_model"],
                "acquisition_channel": row["acquisition_channel"],
                "reseller_id": self.crm_id(row["reseller_id"]) if row["reseller_id"] else None,
                "acquisition_campaign": row["acquisition_campaign"],
            },
            "deleted": None,
        }  # fmt: skip
        for discount in night.of("discounts", row["customer_id"]):
            record["discount"] = self._discount(discount, row)
        return record

    def _price(self, row: Row, expanded: bool) -> dict[str, Any]:
        currency = row["currency"]
        unit, count = str(row["interval_unit"]), int(str(row["interval_count"]))
        if unit == "quarter":
            unit, count = "month", 3 * count
        scheme = str(row["billing_scheme"])
        tiered = scheme in ("tiered", "volume")
        amount = row["unit_amount"]
        whole = isinstance(amount, Decimal) and minor_text(amount, currency) == str(minor(amount, currency))
        product: Any = f"prod_{row['product_id']}"
        if expanded:
            product = {"id": product, "object": "product", "name": row["product_name"]}
        record: dict[str, Any] = {
            "id": row["price_id"], "object": "price", "currency": str(currency).lower(),
            "unit_amount": minor(amount, currency) if whole else None,
            "unit_amount_decimal": minor_text(amount, currency),
            "billing_scheme": "tiered" if tiered else "per_unit",
            "tiers_mode": {"tiered": "graduated", "volume": "volume"}.get(scheme),
            "nickname": row["plan_name"], "product": product,
            "recurring": {"interval": unit, "interval_count": count, "usage_type": row["usage_type"]},
            "type": "recurring",
        }  # fmt: skip
        if row.get("package_size"):
            size, rounding = int(str(row["package_size"])), row["package_rounding"]
            record["transform_quantity"] = {"divide_by": size, "round": rounding}
        if row.get("currency_options"):
            record["currency_options"] = options_in_minor(row)
        return record

    def _prices(self, row: Row, night: Night) -> Record:
        price = self._price(row, expanded=True)
        price["tiers"] = tiers_in_minor(row)
        price["active"], price["metadata"] = True, {"is_addon": str(row["is_addon"]).lower()}
        return price

    def _subscriptions(self, row: Row, night: Night) -> Record:
        items, period = standing_items(row, night), current_period(row, night)
        ended = row["status"] == "ended"
        requested = row.get("cancel_requested_at") or (row.get("ended_at") if ended else None)
        record: dict[str, Any] = {
            "id": row["subscription_id"], "object": "subscription", "customer": row["customer_id"],
            "status": self._status(row), "currency": str(row["currency"]).lower(),
            "created": epoch(row["created_at"]), "start_date": epoch(row["started_at"]),
            "trial_start": epoch(row.get("trial_started_at")), "trial_end": epoch(row.get("trial_ended_at")),
            "canceled_at": epoch(requested), "ended_at": epoch(row.get("ended_at")),
            "cancel_at": epoch(row.get("ends_at")) if not ended else None,
            "cancel_at_period_end": bool(row.get("ends_at")) and not ended, "livemode": True,
            "default_payment_method": None if row.get("card_on_file_at_start") is False else "pm_on_file",
            "pause_collection": pause_of(row), "metadata": {**card_note(row), **minimum_note(row, night)},
            "collection_method": row["collection_method"],
            "items": {
                "object": "list", "data": [self._item(item, row, night, period) for item in items],
                "has_more": False, "total_count": len(items),
            },
            "cancellation_details": {
                "reason": REASON.get(str(row.get("end_reason"))), "feedback": row.get("end_feedback"),
                "comment": None,
            },
        }  # fmt: skip
        discounts = self._discounts(row, night, None)
        if self.legacy:
            record["discount"] = discounts[-1] if discounts else None
            record["current_period_start"], record["current_period_end"] = period
        else:
            record["discounts"] = discounts
        return record

    def _status(self, row: Row) -> Value:
        if self.pauses_collection and row["status"] == "paused":
            return "active"
        return STATUS.get(str(row["status"]), row["status"])

    def _item(
        self, item: Row, subscription: Row, night: Night, period: tuple[int | None, int | None]
    ) -> Record:
        first = min(
            (r for r in night.of("subscription_items", item["subscription_id"])
             if r["item_id"] == item["item_id"]), key=lambda r: str(r["valid_from"]),
        )  # fmt: skip
        # A subscription in another currency than its price pays an option of it.
        listed = night.tables.get("prices", {}).get((item["price_id"],))
        price = listed if listed and listed["currency"] != item["currency"] else item
        created = moment(subscription["created_at"])
        record: dict[str, Any] = {
            "id": item["item_id"], "object": "subscription_item",
            # Of a subscription that was entered late the items are no older than itself.
            "created": epoch(first.get("made_at") or max(moment(first["valid_from"]), created)),
            "price": self._price(price | {"product_name": item["plan_name"]}, expanded=False),
            "subscription": item["subscription_id"],
        }  # fmt: skip
        if item["usage_type"] == "licensed":
            record["quantity"] = int(str(item["quantity"]))
        if not self.legacy:
            record["current_period_start"], record["current_period_end"] = period
            record["discounts"] = self._discounts(subscription, night, item["item_id"])
        return record

    def _discounts(self, subscription: Row, night: Night, item_id: Value) -> list[Record]:
        """The discounts of one item of a subscription, or (None) of the subscription itself."""
        given = night.of("discounts", subscription["subscription_id"])
        return [self._discount(row, subscription) for row in given if row["item_id"] == item_id]

    def _discount(self, row: Row, subscription: Row) -> Record:
        months = None
        if isinstance(row["ends_at"], datetime) and isinstance(row["starts_at"], datetime):
            months = (row["ends_at"] - row["starts_at"]).days // 30
        currency = row["currency"]
        coupon: dict[str, Any] = {
            "id": f"co_{str(row['discount_id'])[3:]}", "object": "coupon",
            "percent_off": number(row["percent_off"]),
            "amount_off": minor(row["amount_off"], currency),
            "currency": str(currency).lower() if currency else None,
            "duration": row["duration"], "duration_in_months": months,
        }  # fmt: skip
        if row.get("listed_amount"):
            listed = row["listed_currency"]
            coupon |= {
                "amount_off": minor(row["listed_amount"], listed), "currency": str(listed).lower(),
                "currency_options": {
                    str(currency).lower(): {"amount_off": minor(row["amount_off"], currency)}
                },
            }  # fmt: skip
        if row.get("product_ids"):
            coupon["applies_to"] = {"products": [f"prod_{row['product_ids']}"]}
        record: dict[str, Any] = {
            "id": row["discount_id"], "object": "discount", "customer": subscription["customer_id"],
            "subscription": row["subscription_id"], "start": epoch(row["starts_at"]),
            "end": epoch(row["ends_at"]),
        }  # fmt: skip
        if self.legacy:
            return record | {"coupon": coupon}
        return record | {"source": {"type": "coupon", "coupon": coupon}}

    def _invoices(self, row: Row, night: Night) -> Record:
        currency = row["currency"]
        billed = night.of("invoice_lines", row["invoice_id"])
        given = [line for line in billed if line["kind"] == "granted_credit"]
        lines = [self._line(line, row, given) for line in billed if line["kind"] != "granted_credit"]
        record: dict[str, Any] = {
            "id": row["invoice_id"], "object": "invoice", "number": row["number"],
            "customer": row["customer_id"],
            "currency": str(currency).lower(), "status": row["status"], "billing_reason": row["reason"],
            "created": epoch(row["issued_at"]), "due_date": epoch(row["due_at"]),
            "subtotal": minor(row["subtotal"], currency), "total": minor(row["total"], currency),
            "amount_paid": minor(row["amount_paid"], currency), "amount_due": minor(row["total"], currency),
            "amount_remaining": minor(row["amount_due"], currency), "attempt_count": row["attempt_count"],
            "next_payment_attempt": epoch(row["next_attempt_at"]), "livemode": True,
            "total_discount_amounts": [{"amount": minor(row["discount_total"], currency)}],
            "status_transitions": {
                "finalized_at": epoch(row["finalized_at"]), "paid_at": epoch(row["paid_at"]),
                "voided_at": epoch(row["voided_at"]),
                "marked_uncollectible_at": epoch(row["uncollectible_at"]),
            },
            "lines": {"object": "list", "data": lines, "has_more": False, "total_count": len(lines)},
        }  # fmt: skip
        tax = minor(row["tax_total"], currency)
        if self.legacy:
            charges = night.of("invoice_payments", row["invoice_id"])
            last = str(charges[-1]["payment_id"]) if charges else None
            return record | {"subscription": row["subscription_id"], "tax": tax,
                             "charge": f"ch_{last[3:]}" if last else None}  # fmt: skip
        return record | {
            "parent": {
                "type": "subscription_details",
                "subscription_details": {"subscription": row["subscription_id"], "metadata": {}},
            },
            "total_taxes": [{"amount": tax, "tax_behavior": "exclusive", "type": "tax_rate_details"}],
        }

    def _line(self, line: Row, invoice: Row, given: list[Row]) -> Record:
        """`given` are the credits that pay lines of the invoice: each is named after its line."""
        currency = line["currency"]
        gross = Decimal(str(line["amount_ex_tax"])) + Decimal(str(line["discount_amount"]))
        # What was used in arrears has an end alone, which a copy of its invoice keeps.
        start = line["service_start_at"] or line["service_end_at"] or invoice["issued_at"]
        is_item, proration = line["item_id"] is not None, bool(line["is_proration"])
        record: dict[str, Any] = {
            "id": line["line_id"], "object": "line_item", "amount": minor(gross, currency),
            "currency": str(currency).lower(), "invoice": line["invoice_id"],
            "quantity": int(str(line["quantity"])), "description": line["kind"],
            "period": {"start": epoch(start), "end": epoch(line["service_end_at"])},
            "discount_amounts": [{"amount": minor(line["discount_amount"], currency)}],
            "metadata": {"kind": line["kind"]} if line["kind"] in MARKED else {},
            "pretax_credit_amounts": [
                {
                    "amount": minor(-Decimal(str(one["amount_ex_tax"])), currency),
                    "type": "credit_balance_transaction",
                    "credit_balance_transaction": str(one["line_id"]).split(":")[1],
                }
                for one in given if str(one["line_id"]).split(":")[0] == line["line_id"]
            ],
        }  # fmt: skip
        tax = minor(line["tax_amount"], currency)
        if self.legacy:
            usage = "metered" if line["kind"] == "usage" else "licensed"
            unit = minor_text(line["unit_amount"], currency)
            price = {
                "id": line["price_id"], "object": "price", "unit_amount_decimal": unit,
                "recurring": {"usage_type": usage},
            }  # fmt: skip
            return record | {
                "type": "subscription" if is_item else "invoiceitem", "proration": proration,
                "subscription": line["subscription_id"], "subscription_item": line["item_id"],
                "price": price if is_item else None, "tax_amounts": [{"amount": tax, "inclusive": False}],
            }  # fmt: skip
        details = {"invoice_item": None if is_item else f"ii_{str(line['line_id'])[3:]}",
        "proration": proration,
                   "subscription": line["subscription_id"]}  # fmt: skip
        if is_item:
            parent = {
                "type": "subscription_item_details",
                "subscription_item_details": {**details, "subscription_item": line["item_id"]},
            }
        else:
            parent = {"type": "invoice_item_details", "invoice_item_details": details}
        return record | {
            "parent": parent,
            "pricing": {
                "type": "price_details", "price_details": {"price": line["price_id"], "product": None},
                "unit_amount_decimal": minor_text(line["unit_amount"], currency),
            },
            "taxes": [{"amount": tax, "tax_behavior": "exclusive", "type": "tax_rate_details"}],
        }  # fmt: skip

    def _charges(self, row: Row, night: Night) -> Record:
        currency, payment = row["currency"], str(row["payment_id"])
        reversals = night.of("reversals", row["payment_id"])
        refunded = sum((Decimal(str(r["amount"])) for r in reversals if r["kind"] == "refund"), Decimal(0))
        record: dict[str, Any] = {
            "id": f"ch_{payment[3:]}", "object": "charge", "customer": row["customer_id"],
            "amount": minor(row["amount"], currency), "currency": str(currency).lower(),
            "status": OUTCOME.get(str(row["outcome"]), row["outcome"]), "created": epoch(row["attempted_at"]),
            "failure_code": row["failure_code"] if row["outcome"] == "failed" else None, "livemode": True,
            "payment_intent": self._intent(row, night), "paid": row["outcome"] == "succeeded",
            "payment_method": row["payment_method_id"], "payment_method_details": method_details(row),
            "amount_refunded": minor(refunded, currency), "refunded": refunded == row["amount"],
            "disputed": row["outcome"] == "charged_back" or any(r["kind"] == "dispute" for r in reversals),
            "balance_transaction": None if row["outcome"] in ("failed", "pending") else {
                "id": f"txn_{payment[3:]}", "object": "balance_transaction", "fee": minor(row["fee"],
                currency),
                "currency": str(currency).lower(), "available_on": epoch(row["settled_at"]),
            },
        }  # fmt: skip
        if self.legacy:
            links = night.of("invoice_payments", row["payment_id"])
            record["invoice"] = links[0]["invoice_id"] if links else None
        return record

    def _intent(self, row: Row, night: Night) -> str:
        links = night.of("invoice_payments", row["payment_id"])
        return f"pi_{str(links[0]['invoice_id'])[3:]}" if links else f"pi_{str(row['payment_id'])[3:]}"

    def _invoice_payments(self, row: Row, night: Night) -> Record | None:
        """One a payment intent: the last attempt's state, which is what the API shows."""
        currency, invoice = row["currency"], night.tables["invoices"].get((row["invoice_id"],))
        if invoice is None or night.of("invoice_payments", row["invoice_id"])[-1] is not row:
            return None
        paid = invoice["status"] == "paid"
        return {
            "id": f"inpay_{str(row['invoice_id'])[3:]}", "object": "invoice_payment",
            "invoice": row["invoice_id"],
            "amount_requested": minor(invoice["total"], currency),
            "amount_paid": minor(invoice["amount_paid"], currency) if paid else None,
            "currency": str(currency).lower(), "created": epoch(invoice["issued_at"]), "is_default": True,
            "livemode": True, "status": "paid" if paid else "open",
            "payment": {"type": "payment_intent", "payment_intent": {
                "id": f"pi_{str(row['invoice_id'])[3:]}", "object": "payment_intent",
                "latest_charge": f"ch_{str(row['payment_id'])[3:]}",
            }},
            "status_transitions": {"paid_at": epoch(invoice["paid_at"]), "canceled_at": None},
        }  # fmt: skip

    def _refunds(self, row: Row, night: Night) -> Record | None:
        return self._reversal(row, night, "refund", "re") if row["kind"] == "refund" else None

    def _disputes(self, row: Row, night: Night) -> Record | None:
        return self._reversal(row, night, "dispute", "du") if row["kind"] == "dispute" else None

    def _reversal(self, row: Row, night: Night, name: str, prefix: str) -> Record:
        payment = night.tables["payments"][(row["payment_id"],)]
        return {
            "id": f"{prefix}_{str(row['payment_id'])[3:]}", "object": name, "status": row["status"],
            "amount": minor(row["amount"], row["currency"]), "currency": str(row["currency"]).lower(),
            "charge": f"ch_{str(row['payment_id'])[3:]}", "payment_intent": self._intent(payment, night),
            "created": epoch(row["occurred_at"]),
        }  # fmt: skip

    def _credit_grants(self, row: Row, night: Night) -> Record | None:
        if row["kind"] != "grant":
            return None
        return {
            "id": row["balance_id"], "object": "billing.credit_grant", "customer": row["customer_id"],
            "category": CATEGORY[str(row["credit_kind"])], "amount": monetary(row),
            "effective_at": epoch(row["occurred_at"]), "expires_at": epoch(row["expires_at"]),
            "created": epoch(row["occurred_at"]), "voided_at": None, "livemode": True,
        }  # fmt: skip

    def _credit_balance_transactions(self, row: Row, night: Night) -> Record:
        side, kind = TRANSACTIONS[str(row["kind"])]
        details: dict[str, Any] = {"type": kind, "amount": monetary(row)}
        if row["invoice_id"]:
            details[kind] = {"invoice": row["invoice_id"]}
        return {
            "id": row["transaction_id"], "object": "billing.credit_balance_transaction", "type": side,
            "credit_grant": row["balance_id"], "effective_at": epoch(row["occurred_at"]),
            "created": epoch(row["occurred_at"]), "livemode": True, "credit": None, "debit": None,
            side: details,
        }  # fmt: skip

    def _usage_record_summaries(self, row: Row, night: Night) -> Record | None:
        """What an item used in a period, listed as long as the item is there."""
        if not is_item_standing(row, night):
            return None
        return {
            "id": f"sis_{str(row['usage_id'])[3:]}", "object": "usage_record_summary", "invoice": None,
            "livemode": True, "period": {"start": None, "end": epoch(row["used_at"])},
            "subscription_item": row["item_id"], "total_usage": int(str(row["quantity"])),
        }  # fmt: skip

    def _credit_notes(self, row: Row, night: Night) -> Record:
        currency, net, tax = row["currency"], Decimal(str(row["amount_ex_tax"])), Decimal(str(row["tax"]))
        taxes = [{"amount": minor(tax, currency)}]
        line = {
            "id": f"cnli_{str(row['credit_note_id'])[3:]}", "object": "credit_note_line_item",
            "type": "custom_line_item", "invoice_line_item": None, "amount": minor(net, currency),
            "discount_amounts": [], "tax_amounts" if self.legacy else "taxes": taxes, "livemode": True,
        }  # fmt: skip
        return {
            "lines": {"object": "list", "data": [line], "has_more": False},
            "id": row["credit_note_id"], "object": "credit_note", "invoice": row["invoice_id"],
            "customer": row["customer_id"], "status": row["status"], "currency": str(currency).lower(),
            "subtotal": minor(net, currency), "total_excluding_tax": minor(net, currency),
            "total": minor(net + tax, currency), "created": epoch(row["issued_at"]),
            "voided_at": epoch(row["voided_at"]), "reason": "order_change", "livemode": True,
            "tax_amounts" if self.legacy else "total_taxes": taxes,
        }  # fmt: skip


def monetary(row: Row) -> Record:
    """An amount of credits, as Stripe writes it."""
    currency = row["currency"]
    return {
        "type": "monetary",
        "monetary": {"currency": str(currency).lower(), "value": minor(row["amount"], currency)},
    }


def minimum_note(row: Row, night: Night) -> Record:
    """The minimum of a subscription, where its seller notes it: Stripe has none."""
    return next((
        {
            "minimum_commitment": minor(found["amount"], found["currency"]),
            "minimum_commitment_from": epoch(found["starts_at"]),
            "minimum_commitment_until": epoch(found["ends_at"]),
        } for found in night.of("commitments", row["subscription_id"])
    ), {})  # fmt: skip


def options_in_minor(row: Row) -> Record:
    """What a price is in other currencies, as Stripe writes it."""
    return {
        option["currency"].lower(): {
            "unit_amount": minor(Decimal(option["unit_amount"]), option["currency"]),
            "unit_amount_decimal": minor_text(Decimal(option["unit_amount"]), option["currency"]),
        }
        for option in json.loads(str(row["currency_options"]))
    }


def tiers_in_minor(row: Row) -> list[dict[str, Any]] | None:
    """The steps of a price as Stripe writes them; None for a plain price."""
    if not row["tiers"]:
        return None
    currency = row["currency"]
    return [
        {"up_to": step["up_to"], "unit_amount": minor(Decimal(step["unit_amount"]), currency),
         "unit_amount_decimal": minor_text(Decimal(step["unit_amount"]), currency), "flat_amount": None,
         "flat_amount_decimal": None}
        for step in json.loads(str(row["tiers"]))
    ]  # fmt: skip


def standing_items(subscription: Row, night: Night) -> list[Row]:
    """The items of a subscription as they stand at that night; of an ended one, those it ended with."""
    latest: dict[Value, Row] = {}
    for version in night.of("subscription_items", subscription["subscription_id"]):
        started = version["valid_from"]
        if isinstance(started, datetime) and started < night.at:
            seen = latest.get(version["item_id"])
            if seen is None or str(started) >= str(seen["valid_from"]):
                latest[version["item_id"]] = version
    if subscription["status"] == "ended":
        last = [row for row in latest.values() if row["valid_from"] == subscription["ended_at"]]
        return last or list(latest.values())
    return [row for row in latest.values() if row["status"] != "ended"]


def is_item_standing(row: Row, night: Night) -> bool:
    """Whether the item of a row is among those that its subscription still shows."""
    subscription = night.tables["subscriptions"].get((row["subscription_id"],))
    return subscription is not None and any(
        item["item_id"] == row["item_id"] for item in standing_items(subscription, night)
    )


def current_period(subscription: Row, night: Night) -> tuple[int | None, int | None]:
    """Start and end of the period last invoiced."""
    for invoice in reversed(night.of("invoices", subscription["subscription_id"])):
        for line in night.of("invoice_lines", invoice["invoice_id"]):
            if line["kind"] == "recurring" and not line["is_proration"]:
                return epoch(line["service_start_at"]), epoch(line["service_end_at"])
    return epoch(subscription.get("trial_started_at")), epoch(subscription.get("trial_ended_at"))


def card_note(row: Row) -> Record:
    """Stripe does not keep whether a trial began with a card: the company notes it in the metadata."""
    card = row.get("card_on_file_at_start")
    return {} if card is None else {"card_on_file_at_start": str(card).lower()}


def method_details(row: Row) -> Record:
    """`payment_method_details` of a charge: of a card nothing but when it expires."""
    expires = row["card_expires_on"]
    card = (
        {"card": {"exp_month": expires.month, "exp_year": expires.year}} if isinstance(expires, date) else {}
    )
    return {"type": METHOD[str(row["method"])], **card}


def pause_of(row: Row) -> Record | None:
    """`pause_collection` of a paused subscription."""
    if row["status"] != "paused":
        return None
    return {"behavior": "void", "resumes_at": epoch(row.get("resumes_at"))}


def number(value: Value) -> float | None:
    """A percent as a JSON number."""
    return float(value) if isinstance(value, Decimal) else None
