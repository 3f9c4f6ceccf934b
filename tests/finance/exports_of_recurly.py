"""Recurly: exports of invoices, adjustments and transactions; times say their zone, credits are negative."""

from typing import Any

from tests.finance.export_files import table

FEBRUARY, MIDDLE = "2025-02-01 00:00:00 UTC", "2025-02-15 00:00:00 UTC"
# The last hour of February in California is the first of March in UTC, where the invoice's service ends.
MARCH, LATER = "2025-02-28 16:00:00 PST", "2025-03-05 00:00:00 UTC"


def recurly_invoice(number: str, customer: str, net: float, tax: float = 0, **said: Any) -> dict[str, Any]:
    """A row of the export of invoices."""
    return {
        "id": f"uuid_{number}", "invoice_number": number, "billed_date": FEBRUARY, "due_on": FEBRUARY,
        "closed_at": FEBRUARY, "status": "paid", "account_code": customer, "currency": "EUR",
        "invoice_total": net + tax, "invoice_subtotal": net, "tax_amount": tax, "modified_at": FEBRUARY,
        "invoice_type": "renewal", "original_invoice_number": "", "invoice_doc_type": "charge",
        "invoice_balance": 0, **said,
    }  # fmt: skip


def adjustment(number: str, net: float, tax: float = 0, **said: Any) -> dict[str, Any]:
    """A row of the export of adjustments: a line of an invoice."""
    return {
        "uuid": f"line_{number}", "account_code": "", "subscription_id": f"sub_{number}",
        "invoice_id": f"uuid_{number}", "adjustment_status": "invoiced", "adjustment_type": "charge",
        "adjustment_start_at": FEBRUARY, "adjustment_end_at": MARCH, "adjustment_quantity": 1,
        "adjustment_currency": "EUR", "adjustment_amount": net, "adjustment_total": net + tax,
        "adjustment_discount": 0, "adjustment_tax": tax, "adjustment_product_code": "gold",
        "adjustment_origin": "plan", "adjustment_refund": "FALSE", "original_adjustment_uuid": "",
        "invoice_type": "renewal", "original_invoice_number": "", "adjustment_plan_code": "gold",
        "adjustment_credit_reason_code": "", **said,
    }  # fmt: skip


def transaction(name: str, kind: str, amount: float, invoice: str, **said: Any) -> dict[str, Any]:
    """A row of the export of transactions."""
    return {
        "account_code": "refunded", "transaction_id": f"tr_{name}", "type": kind, "amount": amount,
        "currency": "EUR", "date": FEBRUARY, "status": "success", "original_transaction_id": "",
        "invoice_id": invoice, "collected_at": "", "payment_method": "Credit Card", "failure_type": "",
        "gateway_error_codes": "", **said,
    }  # fmt: skip


def credit_payment(name: str, action: str, amount: float, credit: str, **said: Any) -> dict[str, Any]:
    """A row of the export of credit payments: what a credit invoice paid of another one."""
    return {
        "id": f"cp_{name}", "created_at": FEBRUARY, "modified_at": FEBRUARY, "voided_at": "",
        "action": action, "currency": "EUR", "amount": amount, "original_invoice_billed_date": FEBRUARY,
        "original_invoice_status": "open", "original_invoice_number": credit,
        "applied_to_invoice_number": "", "original_credit_payment_id": "", "refund_transaction_id": "",
        **said,
    }  # fmt: skip


CREDIT = {"invoice_doc_type": "credit", "status": "closed"}
TAKEN = {"adjustment_type": "credit"}
INVOICES = [
    recurly_invoice("1", "refunded", 28, 5.6),
    recurly_invoice("2", "refunded", -7, -1.4, billed_date=LATER, closed_at=LATER, invoice_type="refund",
                    original_invoice_number="1", **CREDIT),
    recurly_invoice("3", "failed", 28, status="failed", closed_at=MIDDLE, modified_at=MIDDLE),
    recurly_invoice("4", "failed", -28, billed_date=MIDDLE, closed_at=MIDDLE, invoice_type="write_off",
                    original_invoice_number="3", **CREDIT),
    recurly_invoice("5", "withdrawn", 28, status="voided", closed_at=MIDDLE, modified_at=MIDDLE),
    # Before Recurly had credit invoices.
    recurly_invoice("6", "before", 28, invoice_doc_type="legacy", invoice_type="purchase"),
    recurly_invoice("7", "before", -7, billed_date=LATER, invoice_doc_type="legacy", invoice_type="refund",
                    original_invoice_number="6"),
    recurly_invoice("8", "gift", 50, invoice_type="purchase"),
    # Who redeems a gift card has a credit invoice that pays, and takes nothing off.
    recurly_invoice("9", "gift", -50, invoice_type="gift_card", invoice_balance=-50, **CREDIT),
    # So has who pays in advance.
    recurly_invoice("11", "prepaid", 50, invoice_type="prepayment"),
    recurly_invoice("12", "prepaid", -50, invoice_type="prepayment", invoice_balance=-50,
                    **CREDIT | {"status": "open"}),
    # What a change of the plan gives back names no invoice; so does what is given by hand.
    recurly_invoice("13", "downgraded", 28, 5.6),
    recurly_invoice("14", "downgraded", -14, -2.8, billed_date=MIDDLE, invoice_type="immediate_change",
                    **CREDIT),
    recurly_invoice("15", "by_hand", 28),
    recurly_invoice("16", "by_hand", -5, billed_date=MIDDLE, closed_at="", invoice_type="credit",
                    **CREDIT | {"status": "open"}),
    recurly_invoice("17", "by_hand_void", 28),
    recurly_invoice("18", "by_hand_void", -5, invoice_type="credit", **CREDIT | {"status": "voided"}),
    # The subtotal is before discounts.
    recurly_invoice("19", "discounted", 28, invoice_subtotal=36),
    recurly_invoice("20", "discounted", -28, invoice_subtotal=-36, billed_date=LATER, invoice_type="refund",
                    original_invoice_number="19", **CREDIT),
    # Half of it was paid before it failed.
    recurly_invoice("21", "half_failed", 28, status="failed", closed_at=MIDDLE, modified_at=MIDDLE),
    recurly_invoice("22", "half_failed", -14, billed_date=MIDDLE, closed_at=MIDDLE, invoice_type="write_off",
                    original_invoice_number="21", **CREDIT),
    # A credit paid 20 of 28; the 8 that were paid go back.
    recurly_invoice("23", "paid_by_credit", 28),
    recurly_invoice("24", "paid_by_credit", -8, billed_date=LATER, invoice_type="open_amount_refund",
                    original_invoice_number="23", **CREDIT),
    recurly_invoice("25", "captured", 28),
    recurly_invoice("26", "charged_back", 28, status="past_due", closed_at="", invoice_balance=28),
    # One buys a gift card of 50, another pays 28 with it.
    recurly_invoice("31", "giver", 50, invoice_type="purchase"),
    recurly_invoice("32", "receiver", -50, invoice_type="gift_card", invoice_balance=-22,
                    **CREDIT | {"status": "open"}),
    recurly_invoice("33", "receiver", 28),
    # 50 were paid in advance; 28 of them pay, and 5 that went to an invoice that failed are back.
    recurly_invoice("34", "prepayer", 50, invoice_type="prepayment"),
    recurly_invoice("35", "prepayer", -50, invoice_type="prepayment", invoice_balance=-22,
                    **CREDIT | {"status": "open"}),
    recurly_invoice("36", "prepayer", 28),
]  # fmt: skip
ADJUSTMENTS = [
    # 8 of 36 are off.
    adjustment("1", 28, 5.6, adjustment_amount=36, adjustment_discount=8),
    adjustment("2", -7, -1.4, original_adjustment_uuid="line_1", invoice_type="refund",
               original_invoice_number="1", adjustment_credit_reason_code="refund", **TAKEN),
    adjustment("3", 28),
    adjustment("4", -28, invoice_type="write_off", original_adjustment_uuid="line_3",
               adjustment_credit_reason_code="write_off", **TAKEN),
    adjustment("5", 28),
    adjustment("6", 28, invoice_type="purchase"),
    adjustment("6", 5, uuid="line_over", invoice_type="purchase", adjustment_origin="carryforward"),
    adjustment("7", -7, invoice_type="refund", original_invoice_number="6", original_adjustment_uuid="line_6",
               **TAKEN),
    adjustment("8", 50, invoice_type="purchase", adjustment_origin="gift_card", subscription_id="",
               adjustment_end_at=""),
    adjustment("9", -50, invoice_type="gift_card", adjustment_origin="gift_card",
               adjustment_credit_reason_code="gift_card", **TAKEN),
    adjustment("10", 99, adjustment_status="pending", invoice_id=""),
    adjustment("11", 50, invoice_type="prepayment", adjustment_origin="prepayment", subscription_id="",
               adjustment_end_at=""),
    adjustment("12", -50, invoice_type="prepayment", adjustment_origin="prepayment",
               adjustment_credit_reason_code="general", **TAKEN),
    adjustment("13", 28, 5.6),
    adjustment("14", -14, -2.8, invoice_type="immediate_change", adjustment_start_at=MIDDLE,
               adjustment_credit_reason_code="general", **TAKEN),
    adjustment("15", 28),
    adjustment("16", -5, invoice_type="credit", adjustment_origin="credit", adjustment_start_at=MIDDLE,
               adjustment_end_at="", adjustment_credit_reason_code="promotional", **TAKEN),
    adjustment("17", 28),
    adjustment("18", -5, invoice_type="credit", adjustment_origin="credit", adjustment_end_at="",
               adjustment_credit_reason_code="service", **TAKEN),
    adjustment("19", 28, adjustment_amount=36, adjustment_discount=8),
    adjustment("20", -28, adjustment_amount=-36, adjustment_discount=-8, original_adjustment_uuid="line_19",
               invoice_type="refund", original_invoice_number="19", adjustment_credit_reason_code="refund",
               **TAKEN),
    adjustment("21", 28),
    adjustment("22", -14, invoice_type="write_off", original_adjustment_uuid="line_21",
               original_invoice_number="21", adjustment_credit_reason_code="write_off", **TAKEN),
    adjustment("23", 28),
    adjustment("24", -8, invoice_type="open_amount_refund", original_invoice_number="23",
               original_adjustment_uuid="line_23", adjustment_credit_reason_code="refund", **TAKEN),
    adjustment("25", 28),
    adjustment("26", 28),
    adjustment("31", 50, invoice_type="purchase", adjustment_origin="gift_card", subscription_id="",
               adjustment_end_at=""),
    adjustment("32", -50, invoice_type="gift_card", adjustment_origin="gift_card",
               adjustment_credit_reason_code="gift_card", **TAKEN),
    adjustment("33", 28),
    adjustment("34", 50, invoice_type="prepayment", adjustment_origin="prepayment", subscription_id="",
               adjustment_end_at=""),
    adjustment("35", -50, invoice_type="prepayment", adjustment_origin="prepayment",
               adjustment_credit_reason_code="general", **TAKEN),
    adjustment("36", 28),
]  # fmt: skip
TRANSACTIONS = [
    transaction("paid", "purchase", 33.6, "uuid_1"),
    transaction("declined", "purchase", 28, "uuid_3", account_code="failed", status="declined"),
    transaction("back", "refund", 8.4, "uuid_2", original_transaction_id="tr_paid", date=LATER),
    transaction("checked", "authorization", 1, ""),
    transaction("half", "purchase", 14, "uuid_21", account_code="half_failed"),
    transaction("rest", "purchase", 8, "uuid_23", account_code="paid_by_credit"),
    transaction(
        "rest_back",
        "refund",
        8,
        "uuid_24",
        account_code="paid_by_credit",
        date=LATER,
        original_transaction_id="tr_rest",
    ),
    transaction("held", "authorization", 28, "uuid_25", account_code="captured"),
    transaction("taken", "capture", 28, "uuid_25", account_code="captured"),
    transaction("disputed", "purchase", 28, "uuid_26", account_code="charged_back", status="chargeback"),
    transaction("broken", "purchase", 28, "uuid_26", account_code="charged_back", status="error"),
    transaction("waiting", "purchase", 28, "uuid_26", account_code="charged_back", status="pending"),
    transaction("card", "purchase", 50, "uuid_31", account_code="giver"),
    transaction("ahead", "purchase", 50, "uuid_34", account_code="prepayer"),
]
CREDIT_PAYMENTS = [
    credit_payment("gift", "gift_card", 28, "32", applied_to_invoice_number="33"),
    credit_payment("ahead", "payment", 28, "35", applied_to_invoice_number="36"),
    credit_payment("back", "payment", 5, "35", created_at=MIDDLE, voided_at=LATER),
    # What was given by hand took its revenue when it was given.
    credit_payment("by_hand", "payment", 5, "16", applied_to_invoice_number="15"),
    credit_payment("written_off", "write_off", 28, "4", applied_to_invoice_number="3"),
]
GIFT_CARDS = [
    {
        "id": f"20030202975911861{number}", "redemption_code": "518822D87268C142", "amount": "50.00",
        "balance": balance, "currency": "EUR", "gifter_account_code": giver,
        "purchase_invoice_number": number, "recipient_account_code": receiver, "created_at": FEBRUARY,
        "redeemed_at": FEBRUARY, "canceled_at": "", "redemption_invoice_number": redemption,
    }
    for number, giver, receiver, redemption, balance in (
        ("31", "giver", "receiver", "32", "22.00"), ("8", "gift", "gift", "9", "50.00"),
    )
]  # fmt: skip
FILES = {
    "recurly/invoices.csv": table(INVOICES),
    "recurly/adjustments.csv": table(ADJUSTMENTS),
    "recurly/transactions.csv": table(TRANSACTIONS),
    "recurly/credit_payments.csv": table(CREDIT_PAYMENTS),
    "recurly/gift_cards.csv": table(GIFT_CARDS),
}
