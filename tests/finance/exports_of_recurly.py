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
    recurly_invoice("9", "gift", -50, invoice_type="gift_card", **CREDIT),
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
]  # fmt: skip
TRANSACTIONS = [
    transaction("paid", "purchase", 33.6, "uuid_1"),
    transaction("declined", "purchase", 28, "uuid_3", account_code="failed", status="declined"),
    transaction("back", "refund", 8.4, "uuid_2", original_transaction_id="tr_paid", date=LATER),
    transaction("checked", "authorization", 1, ""),
]
FILES = {
    "recurly/invoices.csv": table(INVOICES),
    "recurly/adjustments.csv": table(ADJUSTMENTS),
    "recurly/transactions.csv": table(TRANSACTIONS),
}
