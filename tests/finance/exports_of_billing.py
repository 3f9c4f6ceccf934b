"""Lago, Chargebee and Paddle: what their APIs list of invoices and of what became of them."""

from datetime import datetime, timedelta
from typing import Any

from tests.finance.export_files import FEBRUARY, lines, pages, seconds


def lago_invoice(customer: str, day: str, fees: list[dict[str, Any]], **said: Any) -> dict[str, Any]:
    """An invoice as the API shows it by itself: with its fees. Amounts are in cents."""
    number = f"{customer}-{day}"
    amount = sum(fee["amount_cents"] for fee in fees)
    coupons, progressive = (
        said.get("coupons_amount_cents", 0),
        said.get("progressive_billing_credit_amount_cents", 0),
    )
    prepaid = said.get("prepaid_credit_amount_cents", 0)
    return {
        "lago_id": number, "number": number, "issuing_date": day, "payment_due_date": day,
        "invoice_type": "subscription", "status": "finalized", "payment_status": "succeeded",
        "currency": "EUR",
        "fees_amount_cents": amount, "taxes_amount_cents": 0, "coupons_amount_cents": coupons,
        "progressive_billing_credit_amount_cents": progressive, "credit_notes_amount_cents": 0,
        "sub_total_excluding_taxes_amount_cents": amount - coupons - progressive,
        "sub_total_including_taxes_amount_cents": amount - coupons - progressive,
        "prepaid_credit_amount_cents": prepaid, "prepaid_granted_credit_amount_cents": None,
        "prepaid_purchased_credit_amount_cents": None,
        "total_amount_cents": amount - coupons - progressive - prepaid, "created_at": f"{day}T00:00:00Z",
        "voided_at": None, "customer": {"external_id": customer},
        "fees": [{"lago_id": f"{number}-{place}", "lago_invoice_id": number, "amount_currency": "EUR",
                  "taxes_amount_cents": 0, "units": "1.0", **fee} for place, fee in enumerate(fees)],
        **said,
    }  # fmt: skip


def lago_fee(kind: str, amount: int, month: str = "", **said: Any) -> dict[str, Any]:
    """A fee of a month, or of none. Fees of versions that tell what is taken off them say `off`."""
    off = said.pop("off", None)
    period = {"from_date": f"{month}-01T00:00:00Z", "to_date": f"{month}-28T23:59:59Z"} if month else {}
    net = {} if off is None else {"sub_total_excluding_taxes_amount_cents": amount - off}
    return {"amount_cents": amount, "item": {"type": kind}, **period, **net, **said}


LAGO = [
    # 100 bought, 30 used.
    lago_invoice("drawn", "2025-01-10", [lago_fee("credit", 10000)], invoice_type="credit"),
    lago_invoice("drawn", "2025-03-01", [lago_fee("charge", 3000, "2025-02", off=0)],
                 prepaid_credit_amount_cents=3000, prepaid_purchased_credit_amount_cents=3000),
    # 50 bought and 20 given, all used.
    lago_invoice("granted", "2025-01-10", [lago_fee("credit", 5000)], invoice_type="credit"),
    lago_invoice("granted", "2025-03-01", [lago_fee("charge", 7000, "2025-02", off=0)],
                 prepaid_credit_amount_cents=7000, prepaid_granted_credit_amount_cents=2000,
                 prepaid_purchased_credit_amount_cents=5000),
    # A coupon of 10, told by the fee, and by the invoice alone.
    lago_invoice("coupon", "2025-02-01", [lago_fee("subscription", 4000, "2025-02", off=1000)],
                 coupons_amount_cents=1000),
    lago_invoice("old_coupon", "2025-02-01", [lago_fee("subscription", 4000, "2025-02")],
                 coupons_amount_cents=1000),
    # 60 of 100 were billed within the month.
    lago_invoice("progressive", "2025-02-15", [lago_fee("charge", 6000, "2025-02")],
                 invoice_type="progressive_billing"),
    lago_invoice("progressive", "2025-03-01", [lago_fee("charge", 10000, "2025-02")],
                 progressive_billing_credit_amount_cents=6000),
    lago_invoice("voided", "2025-02-01", [lago_fee("subscription", 2800, "2025-02")],
                 status="voided", voided_at="2025-03-05T12:00:00Z"),
    lago_invoice("credited", "2025-02-01", [lago_fee("subscription", 2800, "2025-02"), lago_fee("add_on",
    500)]),
    lago_invoice("paid_by_credit", "2025-02-01", [lago_fee("add_on", 500)],
                 credit_notes_amount_cents=200, total_amount_cents=300),
    # 100 bought, 30 used; 20 given; the wallet ends with 70 and 20 in it.
    lago_invoice("expired", "2025-01-10", [lago_fee("credit", 10000)], invoice_type="credit"),
    lago_invoice("expired", "2025-03-01", [lago_fee("charge", 3000, "2025-02", off=0)],
                 prepaid_credit_amount_cents=3000, prepaid_purchased_credit_amount_cents=3000),
    # 200 bought; a wallet of 20 that were given ends with 15 in it, since 5 were used.
    lago_invoice("two_wallets", "2025-01-10", [lago_fee("credit", 20000)], invoice_type="credit"),
    lago_invoice("two_wallets", "2025-03-01", [lago_fee("charge", 500, "2025-02", off=0)],
                 prepaid_credit_amount_cents=500, prepaid_granted_credit_amount_cents=500),
    # 60 used of 60 bought, by an invoice that was made void: they are back.
    lago_invoice("given_back", "2025-01-10", [lago_fee("credit", 6000)], invoice_type="credit"),
    lago_invoice("given_back", "2025-03-01", [lago_fee("charge", 6000, "2025-02", off=0)], status="voided",
                 voided_at="2025-03-05T12:00:00Z", prepaid_credit_amount_cents=6000),
    # At least 100 a month. February: a fee of 20 and use of 40. March: 20 and 120.
    lago_invoice("committed", "2025-02-01", [
        lago_fee("subscription", 2000, "2025-02", off=0, lago_subscription_id="committed")]),
    lago_invoice("committed", "2025-03-01", [
        lago_fee("subscription", 2000, "2025-03", off=0, lago_subscription_id="committed"),
        lago_fee("charge", 4000, "2025-02", off=0, lago_subscription_id="committed"),
        lago_fee("commitment", 4000, off=0, lago_subscription_id="committed")]),
    lago_invoice("committed", "2025-04-01", [
        lago_fee("charge", 12000, "2025-03", off=0, lago_subscription_id="committed")]),
]  # fmt: skip
LAGO_PLAN = {
    "lago_id": "plan", "code": "committed", "name": "Committed", "interval": "monthly", "amount_cents": 2000,
    "amount_currency": "EUR", "trial_period": 0.0, "pay_in_advance": True, "charges": [], "fixed_charges": [],
    "minimum_commitment": {"lago_id": "min", "plan_code": "committed", "amount_cents": 10000,
                           "commitment_type": "minimum_commitment", "interval": "monthly"},
}  # fmt: skip
LAGO_SUBSCRIPTION = {
    "lago_id": "committed", "external_id": "committed", "external_customer_id": "committed",
    "plan_code": "committed", "plan_amount_cents": 2000, "plan_amount_currency": "EUR",
    "status": "terminated",
    "billing_time": "anniversary", "created_at": "2025-02-01T00:00:00Z", "started_at": "2025-02-01T00:00:00Z",
    "subscription_at": "2025-02-01T00:00:00Z", "terminated_at": "2025-04-01T00:00:00Z",
    "ending_at": None, "trial_ended_at": None,
}  # fmt: skip
LAGO_WALLETS = {"drawn": 10000, "granted": 5000, "expired": 10000, "given_back": 6000, "two_wallets": 20000}


def lago_wallet(customer: str, left: int | None = None, **said: Any) -> dict[str, Any]:
    """A wallet as the API lists it; one in which something is left has come to its end."""
    is_over = left is not None
    return {
        "lago_id": f"w_{customer}", "external_customer_id": customer, "currency": "EUR", "rate_amount": "1.0",
        "status": "terminated" if is_over else "active", "name": "Credits", "credits_balance": "0.0",
        "balance_cents": left or 0, "created_at": "2025-01-10T00:00:00Z",
        "expiration_at": "2025-05-01T00:00:00Z" if is_over else None,
        "terminated_at": "2025-05-01T00:00:00Z" if is_over else None,
        **said,
    }  # fmt: skip


def lago_wallet_transaction(customer: str, kind: str, amount: str, **said: Any) -> dict[str, Any]:
    """A transaction of a wallet: purchased, granted, voided or invoiced."""
    is_inbound = kind in ("purchased", "granted")
    return {
        "lago_id": f"wt_{customer}_{kind}", "lago_wallet_id": f"w_{customer}", "lago_invoice_id": None,
        "lago_voided_invoice_id": None, "status": "settled", "source": "manual", "transaction_status": kind,
        "transaction_type": "inbound" if is_inbound else "outbound", "amount": amount,
        "credit_amount": amount, "settled_at": "2025-01-10T09:00:00Z", "created_at": "2025-01-10T00:00:00Z",
        **said,
    }  # fmt: skip


LAGO_WALLET_TRANSACTIONS = [
    *(
        lago_wallet_transaction(
            customer, "purchased", f"{cents / 100}", lago_invoice_id=f"{customer}-2025-01-10"
        )
        for customer, cents in LAGO_WALLETS.items()
    ),
    lago_wallet_transaction("granted", "granted", "20.0"),
    lago_wallet_transaction("expired", "granted", "20.0"),
    lago_wallet_transaction("two_wallets", "granted", "20.0", lago_wallet_id="w_second"),
    # The invoice tells what it took and gave back.
    lago_wallet_transaction(
        "drawn", "invoiced", "30.0", lago_invoice_id="drawn-2025-03-01", settled_at="2025-03-01T00:00:00Z"
    ),
    lago_wallet_transaction("given_back", "granted", "60.0", lago_voided_invoice_id="given_back-2025-03-01"),
    lago_wallet_transaction("drawn", "granted", "500.0", status="failed", lago_id="wt_failed"),
]
LAGO_CREDIT_NOTE = {
    "lago_id": "cn", "lago_invoice_id": "credited-2025-02-01", "issuing_date": "2025-04-01",
    "currency": "EUR",
    "credit_status": None, "refund_status": "succeeded", "reason": "other", "total_amount_cents": 500,
    "credit_amount_cents": 0, "refund_amount_cents": 500,
    "sub_total_excluding_taxes_amount_cents": 500, "taxes_amount_cents": 0,
    "coupons_adjustment_amount_cents": 0,
    "created_at": "2025-04-01T00:00:00Z", "customer": {"external_id": "credited"},
    "items": [{"lago_id": "cni", "amount_cents": 500, "amount_currency": "EUR",
               "fee": {"lago_id": "credited-2025-02-01-1"}}],
}  # fmt: skip


def chargebee_invoice(number: str, customer: str, day: datetime, amount: int, **said: Any) -> dict[str, Any]:
    """A month of 28 days, as the API lists it; a write-off makes an invoice paid."""
    line = {
        "id": f"li_{number}", "entity_type": "plan_item_price", "entity_id": "pro", "quantity": 1,
        "amount": amount,
        "unit_amount": amount, "tax_amount": 0, "discount_amount": 0, "date_from": seconds(day),
        "date_to": seconds(day + timedelta(days=28)),
    }  # fmt: skip
    invoice = {
        "id": number, "customer_id": customer, "status": "paid", "currency_code": "EUR", "date": seconds(day),
        "sub_total": amount, "total": amount, "tax": 0, "line_items": [line], **said,
    }  # fmt: skip
    return {"invoice": invoice}


def chargebee_note(
    number: str, invoice: str, customer: str, day: datetime, amount: int, **said: Any
) -> dict[str, Any]:
    """A credit note for a part of an invoice's one line."""
    line = {
        "id": f"cl_{number}",
        "reference_line_item_id": f"li_{invoice}",
        "amount": amount,
        "discount_amount": 0,
    }
    note = {
        "id": number, "customer_id": customer, "reference_invoice_id": invoice, "status": "adjusted",
        "type": "adjustment", "date": seconds(day), "currency_code": "EUR", "total": amount,
        "line_items": [line], **said,
    }  # fmt: skip
    return {"credit_note": note}


CHARGEBEE = {
    "invoices": [
        chargebee_invoice("1", "unpaid", FEBRUARY, 2800, write_off_amount=2800),
        chargebee_invoice("2", "half_paid", FEBRUARY, 2800, write_off_amount=1400,
                          linked_payments=[{"txn_id": "t2", "applied_amount": 1400,
                          "applied_at": seconds(FEBRUARY)}]),
        chargebee_invoice("3", "refunded", FEBRUARY, 2800,
                          linked_payments=[{"txn_id": "t3", "applied_amount": 2800,
                          "applied_at": seconds(FEBRUARY)}]),
    ],
    "credit_notes": [
        chargebee_note("CN1", "1", "unpaid", datetime(2025, 2, 15), 2800, create_reason_code="Write Off",
                       reason_code="write_off"),
        chargebee_note("CN2", "2", "half_paid", datetime(2025, 2, 15), 1400, create_reason_code="Write Off"),
        chargebee_note("CN3", "3", "refunded", datetime(2025, 3, 5), 700, status="refunded",
        type="refundable",
                       create_reason_code="Product Unsatisfactory"),
    ],
    "transactions": [
        {"transaction": {"id": name, "customer_id": customer, "type": kind, "status": "success",
         "amount": amount,
                         "currency_code": "EUR", "date": seconds(day), "payment_method": "card", **said}}
        for name, customer, kind, amount, day, said in (
            ("t2", "half_paid", "payment", 1400, FEBRUARY, {}),
            ("t3", "refunded", "payment", 3300, FEBRUARY, {}),
            ("t4", "refunded", "refund", 700, datetime(2025, 3, 5),
             {"refunded_txn_id": "t3", "linked_credit_notes": [{"cn_id": "CN3"}]}),
            # What was paid in excess goes back without a credit note, and takes no revenue.
            ("t5", "refunded", "refund", 500, datetime(2025, 3, 6), {"refunded_txn_id": "t3"}),
        )
    ],
}  # fmt: skip


def paddle_transaction(customer: str, lines: list[tuple[str, int, bool]], **said: Any) -> dict[str, Any]:
    """A completed transaction of February: price, net amount and whether it recurs; tax is a fifth."""
    net = sum(amount for _, amount, _ in lines)
    cycle = {"interval": "month", "frequency": 1}
    return {
        "id": f"txn_{customer}", "status": "completed", "customer_id": customer, "subscription_id": None,
        "invoice_number": "1-1", "currency_code": "EUR", "origin": "subscription_recurring",
        "billed_at": "2025-02-01T00:00:00Z",
        "created_at": "2025-02-01T00:00:00Z", "updated_at": "2025-02-15T00:00:00Z", "discount_id": None,
        "billing_period": {"starts_at": "2025-02-01T00:00:00Z", "ends_at": "2025-03-01T00:00:00Z"},
        "items": [{"quantity": 1, "price": {"id": price, "billing_cycle": cycle if recurs else None},
        "proration": None}
                  for price, _, recurs in lines],
        "details": {
            "totals": {"subtotal": str(net), "discount": "0", "tax": str(net // 5),
            "total": str(net + net // 5),
                       "credit": "0", "balance": "0", "grand_total": str(net + net // 5)},
            "line_items": [
                {"id": f"txnitm_{customer}_{price}", "price_id": price, "quantity": 1, "proration": None,
                 "totals": {
                    "subtotal": str(amount), "discount": "0", "tax": str(amount // 5),
                    "total": str(amount + amount // 5)}}
                for price, amount, _ in lines],
        },
        "payments": [{"payment_attempt_id": f"pay_{customer}", "amount": str(net + net // 5),
        "status": "captured",
                      "created_at": "2025-02-01T00:00:00Z", "captured_at": "2025-02-01T00:01:00Z",
                      "method_details": {"type": "card"}, "error_code": None}],
        **said,
    }  # fmt: skip


def paddle_adjustment(
    customer: str, action: str, net: int, price: str = "pri_month", **said: Any
) -> dict[str, Any]:
    """An adjustment of 5 March, for a line of the transaction."""
    totals = {"subtotal": str(net), "tax": str(net // 5), "total": str(net + net // 5)}
    return {
        "id": f"adj_{customer}_{action}", "action": action, "transaction_id": f"txn_{customer}",
        "customer_id": customer,
        "reason": "error", "currency_code": "EUR", "status": "approved", "created_at": "2025-03-05T00:00:00Z",
        "items": [{"id": f"adjitm_{customer}_{action}", "item_id": f"txnitm_{customer}_{price}",
        "totals": totals}],
        "totals": totals, **said,
    }  # fmt: skip


PADDLE = {
    "transactions": [
        paddle_transaction("refunded", [("pri_month", 2800, True), ("pri_setup", 500, False)]),
        paddle_transaction("charged_back", [("pri_month", 2800, True)]),
        paddle_transaction("taken_for_won", [("pri_month", 2800, True)]),
        paddle_transaction("withdrawn", [("pri_month", 2800, True)], status="canceled", payments=[]),
        paddle_transaction(
            "abandoned", [("pri_month", 2800, True)], status="canceled", billed_at=None, payments=[]
        ),
    ],
    "adjustments": [
        paddle_adjustment("refunded", "refund", 700),
        paddle_adjustment("refunded", "credit", 100, status="rejected"),
        paddle_adjustment("charged_back", "chargeback", 2800),
        paddle_adjustment("charged_back", "chargeback_warning", 2800),
        paddle_adjustment("taken_for_won", "chargeback", 2800, status="reversed"),
        paddle_adjustment("taken_for_won", "chargeback_reverse", 2800),
    ],
}
LAGO_PAYMENT = {
    "lago_id": "p_drawn", "external_customer_id": "drawn", "invoice_ids": ["drawn-2025-01-10"],
    "payable_type": "Invoice", "amount_cents": 10000, "amount_currency": "EUR", "status": "succeeded",
    "payment_status": "succeeded", "type": "provider", "created_at": "2025-01-10T10:00:00Z",
}  # fmt: skip
LAGO_REFUNDED = LAGO_PAYMENT | {
    "lago_id": "p_credited", "external_customer_id": "credited", "invoice_ids": ["credited-2025-02-01"],
    "amount_cents": 3300, "created_at": "2025-02-02T10:00:00Z",
}  # fmt: skip
FILES = {
    "lago/payments.json": pages("payments", [LAGO_PAYMENT, LAGO_REFUNDED]),
    "lago/invoices.json": pages("invoices", LAGO),
    "lago/credit_notes.json": pages("credit_notes", [LAGO_CREDIT_NOTE]),
    "lago/plans.json": pages("plans", [LAGO_PLAN]),
    "lago/subscriptions.json": pages("subscriptions", [LAGO_SUBSCRIPTION]),
    "lago/wallets.json": pages(
        "wallets",
        [
            *(lago_wallet(customer, 9000 if customer == "expired" else None) for customer in LAGO_WALLETS),
            lago_wallet("two_wallets", 1500, lago_id="w_second"),
        ],
    ),
    "lago/wallet_transactions.json": pages("wallet_transactions", LAGO_WALLET_TRANSACTIONS),
    **{f"chargebee/{name}.jsonl": lines(rows) for name, rows in CHARGEBEE.items()},
    **{f"paddle/{name}.jsonl": lines(rows) for name, rows in PADDLE.items()},
}
