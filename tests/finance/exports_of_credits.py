"""Chargebee and Paddle: credits that pay, payments that failed or were too much, taxes in prices."""

from datetime import datetime
from typing import Any

from tests.finance.export_files import FEBRUARY, MARCH, lines, seconds
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


def with_promotion(found: dict[str, Any], amount: int) -> dict[str, Any]:
    """The same invoice, of which promotional credits take something off."""
    invoice = found["invoice"]
    (line,) = invoice["line_items"]
    line["discount_amount"] = amount
    kind = {"line_item_id": line["id"], "discount_type": "promotional_credits", "discount_amount": amount}
    invoice |= {"total": invoice["total"] - amount, "line_item_discounts": [kind],
                "discounts": [{"entity_type": "promotional_credits", "amount": amount}]}  # fmt: skip
    return found


def of_no_invoice(name: str, customer: str, day: datetime, amount: int, **said: Any) -> dict[str, Any]:
    """A credit note that its customer was given: for no invoice, to the end of February."""
    line = {"id": f"cl_{name}", "entity_type": said.pop("entity_type", "adhoc"), "entity_id": "pro",
            "amount": amount, "unit_amount": amount, "discount_amount": 0, "quantity": 1,
            "date_from": seconds(day), "date_to": seconds(max(day, MARCH))}  # fmt: skip
    return chargebee_note(
        name,
        "",
        customer,
        day,
        amount,
        reference_invoice_id=None,
        sub_total=amount,
        line_items=[line],
        **said,
    )


def used(name: str, amount: int) -> dict[str, Any]:
    """Credits that pay an invoice in March."""
    credit = {"cn_id": name, "applied_amount": amount, "applied_at": seconds(MARCH), "cn_status": "refunded"}
    return {"credits_applied": amount, "applied_credits": [credit]}


def paid_by(name: str, amount: int) -> dict[str, Any]:
    """What an invoice says of the payment that paid it."""
    return {"amount_paid": amount, "linked_payments": [applied(name, amount)]}


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
        # Half of February is given back as store credits, without an invoice, and pays half of March.
        chargebee_invoice("45", "store", FEBRUARY, 2800, **paid_by("t45", 2800)),
        chargebee_invoice("46", "store", MARCH, 2800, **paid_by("t46", 1400), **used("CN45", 1400)),
        # Promotional credits are a discount of their line.
        with_promotion(chargebee_invoice("47", "promoted", FEBRUARY, 2800, **paid_by("t47", 2300)), 500),
        # 5 are given by hand, and paid out with their tax.
        chargebee_invoice("48", "given", FEBRUARY, 2800, **paid_by("t48", 2800)),
        # 7 of one invoice pay the next.
        chargebee_invoice("49", "carried", FEBRUARY, 2800, **paid_by("t49", 2800),
                          issued_credit_notes=[issued("CN49", 700)]),
        chargebee_invoice("50", "carried", MARCH, 2800, **paid_by("t50", 2100), **used("CN49", 700)),
    ],
    "credit_notes": [
        of_no_invoice("CN45", "store", datetime(2025, 2, 15), 1400, type="store", status="refunded",
                      entity_type="plan_item_price", amount_allocated=1400, amount_refunded=0,
                      allocations=[{"invoice_id": "46", "allocated_amount": 1400,
                                    "tax_application": "pre_tax"}]),
        of_no_invoice("CN48", "given", LATER, 500, type="refundable", status="refunded", amount_refunded=600,
                      total=600, taxes=[{"name": "TVA", "amount": 100}]),
        chargebee_note("CN49", "49", "carried", LATER, 700, type="refundable", status="refunded",
                       amount_allocated=700, amount_refunded=0),
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
        *(chargebee_payment(f"t{number}", customer, amount) for number, customer, amount in (
            (45, "store", 2800), (46, "store", 1400), (47, "promoted", 2300), (48, "given", 2800),
            (49, "carried", 2800), (50, "carried", 2100))),
        chargebee_payment("t48r", "given", 600, type="refund", date=seconds(LATER), refunded_txn_id="t48",
                          linked_credit_notes=[{"cn_id": "CN48", "cn_reference_invoice_id": None}]),
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
