"""What the files of billing and payment systems must become."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

from landing.truth import Truth, tiers

from oracle.changes import ItemChange
from oracle.dialects import sigma
from orchestration.synthetic.catalogue import EXPONENT, PRICES, money
from orchestration.synthetic.dialects.stripe import is_item_standing, standing_items
from orchestration.synthetic.events import Row, Value
from orchestration.synthetic.nights import Night

PARIS = ZoneInfo("Europe/Paris")
# A charge that the bank took back stays succeeded in Stripe; the reversal tells of it.


STRIPE_OUTCOME = {"charged_back": "succeeded"}


def items_standing(night: Night) -> Iterable[Row]:
    for subscription in night.rows("subscriptions"):
        yield from standing_items(subscription, night)


def subscription_of(row: Row, night: Night) -> Row:
    return night.tables["subscriptions"][(row["subscription_id"],)]


def first_seen(row: Row, night: Night):
    """When an item was made: no earlier than its subscription, which may have been entered late."""
    versions = night.of("subscription_items", row["subscription_id"])
    begun = min(v["valid_from"] for v in versions if v["item_id"] == row["item_id"])
    return max(begun, subscription_of(row, night)["created_at"])


def as_one_time(row: Row) -> Value:
    """What most billing systems don't tell apart is to them one item more."""
    return "one_time" if row["kind"] in ("credit_purchase", "granted_credit", "true_up") else row["kind"]


def asked_to_end(row: Row, _: Night):
    """Systems without a date of request show the end itself."""
    return row.get("cancel_requested_at") or row.get("ended_at")


def scheduled_end(row: Row, _: Night):
    return None if row.get("ended_at") else row.get("ends_at")


def months(row: Row) -> tuple[str, int]:
    """Stripe and Chargebee have no quarter."""
    if row["interval_unit"] == "quarter":
        return "month", 3 * row["interval_count"]
    return row["interval_unit"], row["interval_count"]


def paris_day(moment: datetime | None) -> datetime | None:
    """The first instant of the day in Paris."""
    if moment is None:
        return None
    return datetime.combine(moment.astimezone(PARIS).date(), time(), PARIS).astimezone(UTC)


def stripe(legacy: bool) -> dict[str, Truth]:
    def charge(row: Row, _: Night) -> str:
        return f"ch_{row['payment_id'][3:]}"

    def bridged(night: Night) -> Iterable[Row]:
        """Before basil a charge named its invoice; since then an invoice payment shows the last charge."""
        rows = night.rows("invoice_payments")
        return rows if legacy else [
            row for row in rows if night.of("invoice_payments", row["invoice_id"])[-1] is row
        ]  # fmt: skip

    def has_paid(row: Row, night: Night) -> bool:
        if legacy:
            return night.tables["payments"][(row["payment_id"],)]["outcome"] in ("succeeded", "charged_back")
        return night.tables["invoices"][(row["invoice_id"],)]["status"] == "paid"

    def applied_at(row: Row, night: Night) -> datetime | None:
        if not has_paid(row, night):
            return None
        if legacy:
            return night.tables["payments"][(row["payment_id"],)]["attempted_at"]
        return night.tables["invoices"][(row["invoice_id"],)]["paid_at"]

    def paid_back(row: Row, night: Night) -> Decimal:
        reversals = night.of("reversals", row["payment_id"])
        return sum((one["amount"] for one in reversals if one["kind"] == "refund"), Decimal(0))

    def own(row: Row, column: str) -> Value:
        """Credits that pay a line have its amount and its days, and nothing else of it."""
        return None if row["kind"] == "granted_credit" else row[column]

    def on_show(night: Night) -> Iterable[Row]:
        """The old shape has room for one discount of a subscription."""
        rows = night.rows("discounts")
        last = {row["subscription_id"]: row for row in rows}
        return list(last.values()) if legacy else rows

    # Versions since basil have no list of what was used.
    usage = {
        "usage_records": Truth(
            "subscription_id item_id used_at quantity",
            {"usage_id": lambda r, _: f"sis_{r['usage_id'][3:]}"},
            lambda night: [row for row in night.rows("usage_records") if is_item_standing(row, night)],
        ),
    }
    return (usage if legacy else {}) | {
        "customers": Truth(
            "customer_id name email country currency created_at crm_account_id acquisition_channel "
            "acquisition_campaign segment reseller_id sales_model"
        ),
        "prices": Truth(
            "price_id product_name plan_name currency unit_amount billing_scheme usage_type is_addon",
            {
                "product_id": lambda r, _: f"prod_{r['product_id']}",
                "interval_unit": lambda r, _: months(r)[0],
                "interval_count": lambda r, _: months(r)[1],
                "tiers": lambda r, _: tiers(r["tiers"]),
            },
        ),
        "subscriptions": Truth(
            "subscription_id customer_id currency status created_at started_at trial_started_at "
            "trial_ended_at card_on_file_at_start resumes_at ended_at end_reason end_feedback "
            "collection_method",
            {"cancel_requested_at": asked_to_end, "ends_at": scheduled_end},
        ),
        "subscription_items": Truth(
            "subscription_id item_id price_id plan_name currency unit_amount billing_scheme usage_type",
            {
                "valid_from": first_seen,
                "valid_to": lambda r, n: subscription_of(r, n).get("ended_at"),
                "customer_id": lambda r, n: subscription_of(r, n)["customer_id"],
                "status": lambda r, n: subscription_of(r, n)["status"],
                "product_id": lambda r, _: f"prod_{r['product_id']}",
                "quantity": lambda r, _: r["quantity"] if r["usage_type"] == "licensed" else 0,
                "interval_unit": lambda r, _: months(r)[0],
                "interval_count": lambda r, _: months(r)[1],
                "cancel_at_period_end": lambda r, n: scheduled_end(subscription_of(r, n), n) is not None,
                "is_item_dated": lambda r, n: True,
            },
            items_standing,
        ),
        "discounts": Truth(
            "discount_id subscription_id percent_off amount_off currency duration starts_at ends_at",
            {"coupon_id": lambda r, _: f"co_{str(r['discount_id'])[3:]}"},
            rows=on_show,
        ),
        "invoices": Truth(
            "invoice_id number customer_id subscription_id currency status reason issued_at due_at "
            "finalized_at paid_at voided_at uncollectible_at subtotal discount_total tax_total total "
            "amount_paid amount_due attempt_count next_attempt_at"
        ),
        "invoice_lines": Truth(
            "invoice_id line_id subscription_id item_id price_id is_proration amount_ex_tax currency "
            "service_end_at",
            {
                # Since basil a line does not say that it is usage; its price does.
                "kind": lambda r, _: "recurring" if r["kind"] == "usage" and not legacy else r["kind"],
                "unit_amount": lambda r, _: own(r, "unit_amount") if r["item_id"] or not legacy else None,
                "quantity": lambda r, _: own(r, "quantity"),
                "discount_amount": lambda r, _: own(r, "discount_amount"),
                "tax_amount": lambda r, _: own(r, "tax_amount"),
                "service_start_at": lambda r, n: (
                    r["service_start_at"]
                    or r["service_end_at"]
                    or n.tables["invoices"][(r["invoice_id"],)]["issued_at"]
                ),
            },
        ),
        "invoice_payments": Truth(
            "invoice_id currency",
            {
                "payment_id": charge,
                "amount_applied": lambda r, n: r["amount_applied"] if has_paid(r, n) else 0,
                "applied_at": applied_at,
            },
            bridged,
        ),
        "payments": Truth(
            "customer_id amount currency attempted_at method",
            {
                "payment_id": charge,
                "outcome": lambda r, _: STRIPE_OUTCOME.get(r["outcome"], r["outcome"]),
                "fee": lambda r, _: r["fee"] if r["outcome"] not in ("failed", "pending") else None,
                "settled_at": lambda r, _: r["settled_at"] if r["outcome"] != "pending" else None,
                "failure_code": lambda r, _: r["failure_code"] if r["outcome"] == "failed" else None,
                "payment_intent_id": lambda r, n: (
                    f"pi_{n.of('invoice_payments', r['payment_id'])[0]['invoice_id'][3:]}"
                ),
                "card_expires_on": lambda r, _: r["card_expires_on"],
                "payment_method_id": lambda r, _: r["payment_method_id"],
                "refunded_amount": paid_back,
            },
        ),
        "reversals": Truth(
            "kind status amount currency occurred_at",
            {
                "reversal_id": lambda r, _: (
                    f"{'du' if r['kind'] == 'dispute' else 're'}_{r['payment_id'][3:]}"
                ),
                "payment_id": charge,
            },
        ),
        "credit_notes": Truth(
            "credit_note_id invoice_id customer_id status amount_ex_tax tax currency issued_at voided_at",
            {"reason": lambda r, _: "order_change"},
        ),
        "credit_note_lines": Truth(
            "credit_note_id amount_ex_tax currency",
            {"credit_note_line_id": lambda r, _: f"cnli_{r['credit_note_id'][3:]}"},
            lambda night: night.rows("credit_notes"),
        ),
        "credit_transactions": Truth(
            "transaction_id customer_id balance_id credit_kind kind amount currency occurred_at invoice_id",
            {"expires_at": lambda r, _: r["expires_at"] if r["kind"] == "grant" else None},
        ),
        "commitments": Truth(
            "amount currency starts_at ends_at interval_unit interval_count anchor",
            {name: lambda r, _: r["subscription_id"] for name in ("commitment_id", "subscription_id")},
        ),
    }


def to_the_cent(row: Row, _: Night):
    """Chargebee's unit amounts are whole minor units."""
    smallest = Decimal(1).scaleb(-EXPONENT[row["currency"]])
    return row["unit_amount"] and row["unit_amount"].quantize(smallest, ROUND_DOWN)


def in_all(row: Row) -> Decimal:
    """The price of a unit, or by tiers that of the whole quantity."""
    if row["unit_amount"] is not None:
        return row["unit_amount"]
    return money(PRICES[row["price_id"]].amount(row["quantity"]), row["currency"])


def running_since(row: Row) -> Value:
    """Of what is neither on trial nor paused, Chargebee says when it last began to run."""
    if row["status"] in ("trialing", "paused"):
        return None
    return row.get("trial_ended_at") or row["started_at"]


def chargebee() -> dict[str, Truth]:
    status = {"unpaid": "past_due"}
    return {
        "customers": Truth("customer_id name email country currency created_at crm_account_id"),
        "subscriptions": Truth(
            "subscription_id customer_id currency created_at started_at trial_started_at trial_ended_at "
            "paused_at ended_at end_feedback",
            {
                "status": lambda r, _: status.get(r["status"], r["status"]),
                "resumes_at": lambda r, _: r.get("resumes_at") or running_since(r),
                "ends_at": scheduled_end,
                "cancel_requested_at": lambda r, _: (
                    None if r.get("ended_at") else r.get("cancel_requested_at")
                ),
                "end_reason": lambda r, _: (
                    None
                    if r["status"] != "ended"
                    else "involuntary"
                    if r.get("end_reason") == "involuntary"
                    else "voluntary"
                ),
            },
        ),
        "subscription_items": Truth(
            "subscription_id price_id currency usage_type",
            {
                "item_id": lambda r, _: r["price_id"],
                "valid_from": lambda r, n: subscription_of(r, n)["started_at"],
                "valid_to": lambda r, n: subscription_of(r, n).get("ended_at"),
                "customer_id": lambda r, n: subscription_of(r, n)["customer_id"],
                "status": lambda r, n: status.get(*[subscription_of(r, n)["status"]] * 2),
                "plan_name": lambda r, _: r["price_id"],
                # Usage has no price of whole minor units here, so it lands without one.
                "billing_scheme": lambda r, _: (
                    "flat"
                    if r["unit_amount"] is None or r["usage_type"] == "metered"
                    else r["billing_scheme"]
                ),
                "unit_amount": lambda r, _: in_all(r) if r["usage_type"] == "licensed" else None,
                "quantity": lambda r, _: r["quantity"] if r["usage_type"] == "licensed" else 0,
                "interval_unit": lambda r, n: months(next(iter(standing_items(subscription_of(r, n), n))))[0],
                "interval_count": lambda r, n: months(next(iter(standing_items(subscription_of(r, n), n))))[
                    1
                ],
            },
            items_standing,
        ),
        "discounts": Truth(
            "discount_id subscription_id percent_off amount_off currency duration starts_at ends_at"
        ),
        "invoices": Truth(
            "invoice_id customer_id subscription_id currency status issued_at due_at paid_at voided_at "
            "subtotal tax_total total amount_paid amount_due next_attempt_at",
            {"number": lambda r, _: r["invoice_id"]},
        ),
        "invoice_lines": Truth(
            "invoice_id line_id subscription_id price_id quantity amount_ex_tax discount_amount "
            "tax_amount currency service_start_at service_end_at",
            {
                "kind": lambda r, _: as_one_time(r),
                "is_proration": lambda r, _: False,
                "unit_amount": to_the_cent,
            },
        ),
        "payments": Truth(
            "payment_id customer_id amount currency attempted_at settled_at method failure_code",
            {"outcome": lambda r, _: STRIPE_OUTCOME.get(r["outcome"], r["outcome"])},
        ),
        "invoice_payments": Truth("invoice_id payment_id amount_applied currency applied_at"),
        # It knows of no disputes.
        "reversals": Truth(
            "reversal_id payment_id kind amount currency occurred_at",
            {"status": lambda r, _: "succeeded"},
            lambda night: [row for row in night.rows("reversals") if row["kind"] == "refund"],
        ),
    }


def gocardless() -> dict[str, Truth]:
    def debits(night: Night) -> list[Row]:
        return [row for row in night.rows("payments") if row["method"] == "sepa_debit"]

    def charged_on(row: Row):
        return datetime.combine((row["attempted_at"] + timedelta(days=4)).date(), time())

    taken = ("succeeded", "charged_back")
    return {
        "payments": Truth(
            "amount currency outcome attempted_at method",
            {
                "payment_id": lambda r, _: f"PM{r['payment_id'][3:]}",
                "settled_at": lambda r, _: charged_on(r) if r["outcome"] in taken else None,
                "refunded_amount": lambda r, n: sum(
                    one["amount"] for one in n.of("reversals", r["payment_id"]) if one["kind"] == "refund"
                ),
            },
            debits,
        ),
        "invoice_payments": Truth(
            "currency",
            {
                "invoice_id": lambda r, n: n.of("invoice_payments", r["payment_id"])[0]["invoice_id"],
                "payment_id": lambda r, _: f"PM{r['payment_id'][3:]}",
                "amount_applied": lambda r, _: r["amount"] if r["outcome"] in taken else 0,
                "applied_at": lambda r, _: charged_on(r) if r["outcome"] in taken else None,
            },
            debits,
        ),
    }


def sigma_tables(changes: list[ItemChange]) -> dict[str, Truth]:
    """MRR comes as changes; each state is rounded to the smallest unit."""

    def smallest_delta(change: ItemChange) -> int:
        return sigma.smallest(change.after, change.currency) - sigma.smallest(change.before, change.currency)

    def delta(change: ItemChange) -> Decimal:
        return Decimal(smallest_delta(change)).scaleb(-EXPONENT[change.currency])

    def row(change: ItemChange) -> Row:
        version = change.version
        return {
            "change_id": f"{version.item_id}:{sigma.shown(change.at)}:{change.event_type}:"
            f"{change.currency.lower()}:{smallest_delta(change)}",
            "subscription_id": version.subscription_id, "item_id": version.item_id,
            "customer_id": change.customer_id, "product_id": f"prod_{version.product_id}",
            "price_id": version.price_id, "occurred_at": change.at, "mrr_delta": delta(change),
            "quantity_delta": Decimal(int(change.quantity_delta)), "currency": change.currency,
            "kind": change.event_type,
        }  # fmt: skip

    rows = [row(change) for change in changes]
    return {
        "customers": Truth("customer_id name email country currency created_at"),
        "subscriptions": Truth(
            "subscription_id customer_id status created_at started_at trial_started_at trial_ended_at "
            "ended_at end_reason end_feedback collection_method",
            {"cancel_requested_at": asked_to_end, "ends_at": scheduled_end},
        ),
        "subscription_changes": Truth(" ".join(rows[0]), rows=lambda _: rows),
    }


def french_export() -> dict[str, Truth]:
    """Days of Paris, no times; what is unpaid or paused is suspended."""
    status = {"unpaid": "paused"}

    def day(column: str):
        return lambda r, n: paris_day(subscription_of(r, n).get(column))

    def state(row: Row, night: Night) -> str:
        found = subscription_of(row, night)["status"]
        return status.get(found, found)

    return {
        "customers": Truth("customer_id name email legal_id"),
        "subscriptions": Truth(
            "subscription_id customer_id currency end_reason",
            {
                "status": state,
                "started_at": day("started_at"),
                "trial_started_at": lambda r, _: (
                    paris_day(r["started_at"]) if r.get("trial_ended_at") else None
                ),
                "trial_ended_at": day("trial_ended_at"),
                "cancel_requested_at": lambda r, n: paris_day(asked_to_end(r, n)),
                "ended_at": day("ended_at"),
            },
        ),
        "subscription_items": Truth(
            "subscription_id plan_name currency unit_amount quantity interval_unit interval_count",
            {
                "item_id": lambda r, n: standing_items(subscription_of(r, n), n).index(r) + 1,
                "valid_from": day("started_at"),
                "valid_to": day("ended_at"),
                "customer_id": lambda r, n: subscription_of(r, n)["customer_id"],
                "status": state,
                "billing_scheme": lambda r, _: "per_unit",
                "usage_type": lambda r, _: "licensed",
            },
            items_standing,
        ),
    }
