"""Stripe: the objects of its API, and the same as tables of loaders."""

from datetime import datetime
from typing import Any

from tests.finance.export_files import APRIL, FEBRUARY, MARCH, MAY, lines, seconds, table


def stripe_invoice(
    customer: str, number: int, day: datetime, lines: list[dict[str, Any]], **said: Any
) -> dict[str, Any]:
    """An invoice of the API since 2025: its total is after credits, before the customer's balance."""
    total = sum(
        line["amount"] - sum(credit["amount"] for credit in line.get("pretax_credit_amounts", ()))
        for line in lines
    )
    return {
        "id": f"in_{customer}_{number}", "object": "invoice", "customer": customer, "currency": "eur",
        "livemode": True,
        "status": "paid", "created": seconds(day), "status_transitions": {"finalized_at": seconds(day)},
        "subtotal": sum(line["amount"] for line in lines), "total": total, "amount_remaining": 0,
        "starting_balance": 0, "ending_balance": 0, "total_discount_amounts": [], "total_taxes": [],
        "lines": {"object": "list", "has_more": False, "data": [
            {"id": f"il_{customer}_{number}_{place}", "object": "line_item", "currency": "eur", "quantity": 1,
             "discount_amounts": [], "taxes": [], "metadata": {}, **line} for place,
             line in enumerate(lines)]},
        **said,
    }  # fmt: skip


def stripe_line(amount: int, start: datetime, end: datetime, **said: Any) -> dict[str, Any]:
    """A line of a subscription, or of an item put on the invoice by itself."""
    kind = said.pop("of", "subscription_item_details")
    return {"amount": amount, "period": {"start": seconds(start), "end": seconds(end)},
            "parent": {"type": kind, kind: {"proration": False}}, **said}  # fmt: skip


def stripe_credit(amount: int, transaction: str) -> dict[str, Any]:
    """Credits applied to a line."""
    return {"amount": amount, "type": "credit_balance_transaction", "credit_balance_transaction": transaction}


def stripe_grant(which: str, customer: str, **said: Any) -> dict[str, Any]:
    """A grant of billing credits."""
    return {
        "id": f"credgr_{which}", "object": "billing.credit_grant", "category": "paid", "customer": customer,
        "amount": {"type": "monetary", "monetary": {"currency": "eur", "value": 10000}},
        "effective_at": seconds(FEBRUARY), "expires_at": None, "voided_at": None, "livemode": True, **said,
    }  # fmt: skip


def stripe_transaction(
    which: str, grant: str, day: datetime, kind: str, amount: int, invoice: str | None = None
) -> dict[str, Any]:
    """What became of a grant: a credit raises it, a debit lowers it."""
    side = "credit" if kind in ("credits_granted", "credits_application_invoice_voided") else "debit"
    details = {"invoice": invoice, "invoice_line_item": f"il_{which}"} if invoice else None
    said = {"type": kind, "amount": {"type": "monetary", "monetary": {"currency": "eur", "value": amount}}}
    sides = {"credit": None, "debit": None, side: {**said, **({kind: details} if details else {})}}
    return {
        "id": f"cbtxn_{which}", "object": "billing.credit_balance_transaction", "created": seconds(day),
        "credit_grant": f"credgr_{grant}", "effective_at": seconds(day), "livemode": True, "type": side,
        **sides,
    }  # fmt: skip


SOLD = {"of": "invoice_item_details", "metadata": {"kind": "credit_purchase"}}
STRIPE = {
    "invoices": [
        stripe_invoice("cus_bought", 1, FEBRUARY, [stripe_line(10000, FEBRUARY, FEBRUARY, **SOLD)]),
        stripe_invoice("cus_bought", 2, APRIL, [
            stripe_line(3000, MARCH, APRIL, pretax_credit_amounts=[stripe_credit(3000, "cbtxn_bought")])]),
        # 100 bought, 30 used, 70 expired.
        stripe_invoice("cus_expired", 1, FEBRUARY, [stripe_line(10000, FEBRUARY, FEBRUARY, **SOLD)]),
        stripe_invoice("cus_expired", 2, APRIL, [
            stripe_line(3000, MARCH, APRIL, pretax_credit_amounts=[stripe_credit(3000, "cbtxn_used")])]),
        # A discount stands in both lists of the line.
        stripe_invoice("cus_given", 1, APRIL, [
            stripe_line(3000, MARCH, APRIL, discount_amounts=[{"amount": 500}], pretax_credit_amounts=[
                {"amount": 500, "type": "discount"}, stripe_credit(1000, "cbtxn_given")])]),
        # 5 of 10 come from the customer's balance, which an invoice of before gave it.
        stripe_invoice("cus_balance", 0, datetime(2025, 1, 20), [stripe_line(-500, datetime(2025, 1, 1),
                       FEBRUARY)], ending_balance=-500),
        stripe_invoice("cus_balance", 1, FEBRUARY, [stripe_line(1000, FEBRUARY, MARCH)],
        starting_balance=-500,
                       amount_due=500),
        stripe_invoice("cus_refunded", 1, FEBRUARY, [stripe_line(2800, FEBRUARY, MARCH)]),
    ],
    "credit_grants": [
        stripe_grant("bought", "cus_bought"),
        stripe_grant("given", "cus_given", category="promotional"),
        stripe_grant("lasting", "cus_expired", expires_at=seconds(MAY)),
    ],
    "credit_balance_transactions": [
        *(
            stripe_transaction(f"of_{which}", which, FEBRUARY, "credits_granted", 10000)
            for which in ("bought", "given", "lasting")
        ),
        stripe_transaction("bought", "bought", APRIL, "credits_applied", 3000, "in_cus_bought_2"),
        stripe_transaction("given", "given", APRIL, "credits_applied", 1000, "in_cus_given_1"),
        stripe_transaction("used", "lasting", APRIL, "credits_applied", 3000, "in_cus_expired_2"),
        stripe_transaction("end", "lasting", MAY, "credits_expired", 7000),
    ],
    "charges": [
        {"id": "ch_refunded", "object": "charge", "customer": "cus_refunded", "amount": 2800,
         "currency": "eur",
         "created": seconds(FEBRUARY), "status": "succeeded", "livemode": True,
         "balance_transaction": "txn_1",
         "payment_method_details": {"type": "card", "card": {"exp_year": 2030, "exp_month": 1}}},
    ],
    "balance_transactions": [
        {"id": "txn_1", "object": "balance_transaction", "type": "charge", "currency": "eur", "fee": 67,
         "exchange_rate": None, "available_on": seconds(datetime(2025, 2, 8)), "source": "ch_refunded"},
    ],
    "invoice_payments": [
        {"id": "inpay_1", "object": "invoice_payment", "invoice": "in_cus_refunded_1", "amount_paid": 2800,
         "currency": "eur", "status": "paid", "created": seconds(FEBRUARY), "livemode": True,
         "payment": {"type": "charge", "charge": "ch_refunded"}},
    ],
    "refunds": [
        {"id": "re_1", "object": "refund", "charge": "ch_refunded", "amount": 700, "currency": "eur",
         "created": seconds(datetime(2025, 3, 5)), "status": "succeeded"},
    ],
}  # fmt: skip


def stripe_tables() -> dict[str, list[dict[str, Any]]]:
    """The tables of loaders: four invoices over 28 in February, and what went back of each."""
    february, march = "2025-02-01 00:00:00", "2025-03-01 00:00:00"
    customers = ("refunded", "disputed", "credited", "given_up")
    return {
        "invoice": [
            {"id": f"in_{name}", "customer_id": name, "currency": "eur", "status": "paid",
             "created": february,
             "subtotal": 2800, "tax": "", "total": 2800, "status_transitions_finalized_at": february}
            | ({"status": "uncollectible",
            "status_transitions_marked_uncollectible_at": "2025-02-15 00:00:00"}
               if name == "given_up" else {})
            for name in customers
        ],
        "invoice_line_item": [
            {"id": f"il_{name}", "invoice_id": f"in_{name}", "amount": 2800, "currency": "eur",
             "proration": "false",
             "quantity": 1, "period_start": february, "period_end": march} for name in customers
        ],
        "charge": [
            {"id": f"ch_{name}", "customer_id": name, "invoice_id": f"in_{name}", "amount": 2800,
             "currency": "eur",
             "created": february, "status": "succeeded", "balance_transaction_id": f"txn_{name}"}
            for name in ("refunded", "disputed")
        ],
        "balance_transaction": [
            {"id": f"txn_{name}", "currency": "eur", "fee": 67, "exchange_rate": "",
             "available_on": "2025-02-08 00:00:00"}
            for name in ("refunded", "disputed")
        ],
        "refund": [
            {"id": "re_1", "charge_id": "ch_refunded", "amount": 700, "currency": "eur",
             "created": "2025-03-05 00:00:00",
             "status": "succeeded"},
        ],
        "dispute": [
            {"id": "du_1", "charge_id": "ch_disputed", "amount": 2800, "currency": "eur",
             "created": "2025-03-05 00:00:00",
             "status": "lost"},
            {"id": "du_2", "charge_id": "ch_refunded", "amount": 2800, "currency": "eur",
             "created": "2025-03-05 00:00:00",
             "status": "won"},
        ],
        "credit_note": [
            {"id": "cn_1", "invoice_id": "in_credited", "customer_id": "credited", "currency": "eur",
             "status": "issued",
             "subtotal": 1500, "discount_amount": 100, "total": 1400, "created": "2025-02-15 00:00:00",
             "voided_at": ""},
        ],
        "credit_note_line_item": [
            {"id": "cnli_1", "credit_note_id": "cn_1", "amount": 1500, "discount_amount": 100},
        ],
    }  # fmt: skip


def dlt_tables() -> dict[str, list[dict[str, Any]]]:
    """The same as dlt loads it: instants in seconds, lists as tables whose rows name their parent's row."""
    moments = {"created", "period_start", "period_end", "available_on", "voided_at"}
    renamed = {"customer_id": "customer", "invoice_id": "invoice", "charge_id": "charge",
               "balance_transaction_id": "balance_transaction", "period_start": "period__start",
               "period_end": "period__end",
               "status_transitions_finalized_at": "status_transitions__finalized_at",
               "status_transitions_marked_uncollectible_at":
                   "status_transitions__marked_uncollectible_at"}  # fmt: skip
    found = {
        name: [
            {renamed.get(key,
             key): seconds(datetime.fromisoformat(value)) if key in moments or "transitions" in key else value
             for key, value in row.items() if value != ""} for row in rows
        ]
        for name, rows in stripe_tables().items()
    }  # fmt: skip
    # A discount of 7 on what is refunded, and a total that says so.
    for row in found["invoice_line_item"]:
        row["_dlt_id"] = f"row_{row['id']}"
    refunded = next(row for row in found["invoice"] if row["id"] == "in_refunded")
    refunded |= {"total": 2100, "total_excluding_tax": 2100}
    (credit_note,) = found["credit_note"]
    credit_note |= {"total_excluding_tax": 1400, "_dlt_id": "row_cn_1"}
    # The invoice has a second line of 28 over the same days: only the first is credited.
    found["invoice_line_item"].append(
        found["invoice_line_item"][2]
        | {"id": "il_other", "_dlt_id": "row_il_other", "period__end": seconds(datetime(2025, 4, 1))}
    )
    credited = next(row for row in found["invoice"] if row["id"] == "in_credited")
    credited |= {"subtotal": 5600, "total": 5600, "total_excluding_tax": 5600}
    return {
        **{name: rows for name, rows in found.items() if "line_item" not in name},
        "credit_note__lines__data": [
            {
                "id": "cnli_1",
                "amount": 1500,
                "discount_amount": 100,
                "invoice_line_item": "il_credited",
                "type": "invoice_line_item",
                "livemode": True,
                "_dlt_parent_id": "row_cn_1",
                "_dlt_list_idx": 0,
                "_dlt_id": "row_cnli_1",
            }
        ],
        "invoice__lines__data": found["invoice_line_item"],
        "invoice__lines__data__discount_amounts": [
            {
                "amount": 700,
                "discount": "di_1",
                "_dlt_parent_id": "row_il_refunded",
                "_dlt_list_idx": 0,
                "_dlt_id": "row_off",
            }
        ],
    }


def sigma_tables() -> dict[str, list[dict[str, Any]]]:
    """The same as Stripe writes them: a discount stands in its line, a payment in a table of its own."""
    found = stripe_tables()
    for row in found["invoice"]:
        row["date"] = row.pop("created")
    for row in found["credit_note"]:
        row["amount"] = row.pop("subtotal") - row.pop("discount_amount")
        del row["total"]
    for row in found["invoice_line_item"]:
        row["total_discount"] = 700 if row["id"] == "il_disputed" else 0
        row["total_exclusive_tax"] = 0
    disputed = next(row for row in found["invoice"] if row["id"] == "in_disputed")
    disputed["total"] = 2100
    for row in found["charge"]:
        invoice = row.pop("invoice_id")
        row["amount"] = 2100 if invoice == "in_disputed" else 2800
        found.setdefault("invoice_payment", []).append(
            {
                "id": f"inpay_{invoice}",
                "invoice": invoice,
                "payment_id": row["id"],
                "payment_type": "charge",
                "amount_paid": row["amount"],
                "currency": "eur",
                "status": "paid",
                "status_transitions_paid_at": row["created"],
            }
        )
    found["dispute"][0]["amount"] = 2100
    return found


FILES = {
    **{f"stripe/{name}.jsonl": lines(rows) for name, rows in STRIPE.items()},
    **{f"stripe_dlt/{name}/1751250000.12ab.jsonl": lines(rows) for name, rows in dlt_tables().items()},
    **{f"stripe_fivetran/{name}.csv": table(rows) for name, rows in stripe_tables().items()},
    **{f"stripe_sigma_items/{name}s.csv": table(rows) for name, rows in sigma_tables().items()},
}
