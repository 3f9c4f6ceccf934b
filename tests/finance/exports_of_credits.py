"""Chargebee and Paddle: credits that pay, payments that failed or were too much, taxes in prices."""

from datetime import datetime
from typing import Any

from tests.finance.export_files import FEBRUARY, lines, seconds
from tests.finance.exports_of_billing import (
    chargebee_invoice,
    chargebee_note,
    paddle_adjustment,
    paddle_transaction,
)
from tests.finance.exports_of_payments import chargebee_payment

LATER = datetime(2025, 3, 5)


def applied(name: str, amount: int, status: str = "success") -> dict[str, Any]:
    """What a payment of 1 February was for, as an invoice lists it: failed ones too."""
    return {"txn_id": name, "applied_amount": amount, "applied_at": seconds(FEBRUARY), "txn_status": status,
            "txn_date": seconds(FEBRUARY), "txn_amount": amount}  # fmt: skip


def issued(name: str, amount: int, status: str = "refunded") -> dict[str, Any]:
    """A credit note as its invoice lists it."""
    return {"cn_id": name, "cn_total": amount, "cn_date": seconds(LATER), "cn_status": status,
            "cn_create_reason_code": "Other"}  # fmt: skip


CHARGEBEE = {
    "invoices": [
        # A credit of another invoice paid 20 of 28; the 8 that were paid go back.
        chargebee_invoice("41", "paid_by_credit", FEBRUARY, 2800, credits_applied=2000, amount_paid=800,
                          amount_adjusted=0, write_off_amount=0, amount_due=0,
                          applied_credits=[{"cn_id": "CN0", "applied_amount": 2000,
                          "applied_at": seconds(FEBRUARY), "cn_status": "adjusted"}],
                          issued_credit_notes=[issued("CN41", 800), issued("CN41v", 700, "voided")],
                          linked_payments=[applied("t41", 800)]),
        chargebee_invoice("42", "paid_twice", FEBRUARY, 2800, amount_paid=2800, amount_due=0,
                          linked_payments=[applied("t42a", 2800, "failure"), applied("t42", 2800)]),
        # 33 were paid of 28.
        chargebee_invoice("43", "overpaid", FEBRUARY, 2800, amount_paid=2800, amount_due=0,
                          linked_payments=[applied("t43", 2800)]),
        # Half of it was waived before it was paid.
        chargebee_invoice("44", "waived", FEBRUARY, 2800, amount_paid=1400, amount_adjusted=1400,
                          amount_due=0, adjustment_credit_notes=[issued("CN44", 1400, "adjusted")],
                          linked_payments=[applied("t44", 1400)]),
    ],
    "credit_notes": [
        chargebee_note("CN41", "41", "paid_by_credit", LATER, 800, status="refunded", type="refundable",
                       amount_refunded=800, amount_allocated=0, amount_available=0),
        chargebee_note("CN44", "44", "waived", FEBRUARY, 1400, amount_allocated=1400, amount_refunded=0),
    ],
    "transactions": [
        chargebee_payment("t41", "paid_by_credit", 800),
        chargebee_payment("t41r", "paid_by_credit", 800, type="refund", date=seconds(LATER),
                          refunded_txn_id="t41", linked_credit_notes=[{"cn_id": "CN41"}]),
        chargebee_payment("t42a", "paid_twice", 2800, status="failure", error_code="insufficient_funds"),
        chargebee_payment("t42", "paid_twice", 2800, payment_method="klarna"),
        chargebee_payment("t43", "overpaid", 3300, amount_unused=0),
        chargebee_payment("t43r", "overpaid", 500, type="refund", date=seconds(LATER), refunded_txn_id="t43",
                          linked_credit_notes=[]),
        chargebee_payment("t44", "waived", 1400),
    ],
}  # fmt: skip


def paid(customer: str, amount: int) -> list[dict[str, Any]]:
    """A captured payment of 1 February."""
    (payment,) = paddle_transaction(customer, [])["payments"]
    return [{**payment, "amount": str(amount)}]


def adjusted(found: dict[str, Any], total: int) -> dict[str, Any]:
    """The same, with what its adjustments left of it."""
    found["details"]["adjusted_totals"] = {"total": str(total)}
    return found


def with_tax_inside(found: dict[str, Any], gross: int, tax: int) -> dict[str, Any]:
    """The same, whose subtotal is before the tax in the price was taken out."""
    totals = {"subtotal": str(gross), "discount": "0", "tax": str(tax), "total": str(gross)}
    found["details"]["totals"] |= totals
    found["details"]["line_items"][0]["totals"] = totals
    return {**found, "payments": paid(found["customer_id"], gross)}


def of_tax(found: dict[str, Any], tax: int) -> dict[str, Any]:
    """An adjustment of nothing but tax."""
    totals = {"subtotal": "0", "tax": str(tax), "total": str(tax)}
    item = {**found["items"][0], "type": "tax", "amount": str(tax), "totals": totals}
    return {**found, "items": [item], "totals": totals}


PADDLE = {
    "transactions": [
        # Credit pays 24 of 33.60, and what was paid goes back.
        adjusted(paddle_transaction("paid_by_credit", [("pri_month", 2800, True)],
                                    payments=paid("paid_by_credit", 960)), 2400),
        adjusted(paddle_transaction("disputed", [("pri_month", 2800, True)]), 0),
        with_tax_inside(paddle_transaction("tax_inside", [("pri_month", 2800, True)]), 3360, 560),
        paddle_transaction("exempt_later", [("pri_month", 2800, True)]),
    ],
    "adjustments": [
        paddle_adjustment("paid_by_credit", "refund", 800, type="partial"),
        paddle_adjustment("disputed", "chargeback", 2800),
        # 7 without tax, of which the subtotal still holds it.
        paddle_adjustment("tax_inside", "refund", 700, type="partial", items=[
            {"id": "adjitm_tax_inside", "item_id": "txnitm_tax_inside_pri_month", "type": "partial",
             "amount": "840", "totals": {"subtotal": "840", "tax": "140", "total": "840"}}],
            totals={"subtotal": "840", "tax": "140", "total": "840"}),
        of_tax(paddle_adjustment("exempt_later", "refund", 0), 560),
    ],
}  # fmt: skip
FILES = {
    **{f"chargebee/{name}-credits.jsonl": lines(rows) for name, rows in CHARGEBEE.items()},
    **{f"paddle/{name}-credits.jsonl": lines(rows) for name, rows in PADDLE.items()},
}
