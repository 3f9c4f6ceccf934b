"""Stripe and Chargebee: payments outside of them, balances, part payments, deleted records."""

from datetime import datetime
from typing import Any

from tests.finance.export_files import APRIL, FEBRUARY, MARCH, MAY, lines, seconds, table
from tests.finance.exports_of_billing import chargebee_invoice
from tests.finance.exports_of_stripe import stripe_invoice, stripe_line

MIDDLE, LATER, YEAR_END = datetime(2025, 2, 15), datetime(2025, 3, 5), datetime(2026, 1, 1)
MONTH = [stripe_line(2800, FEBRUARY, MARCH)]
OUT_OF_BAND = {"paid": True, "paid_out_of_band": True, "amount_due": 2800, "amount_paid": 0}


def ended(name: str, at: datetime) -> dict[str, Any]:
    """The transitions of an invoice of February."""
    return {"status_transitions": {"finalized_at": seconds(FEBRUARY), name: seconds(at)}}


def stripe_charge(customer: str, amount: int, **said: Any) -> dict[str, Any]:
    """A charge of 1 February."""
    return {
        "id": f"ch_{customer}", "object": "charge", "customer": customer, "amount": amount, "currency": "eur",
        "amount_captured": amount, "captured": True, "created": seconds(FEBRUARY), "status": "succeeded",
        "livemode": True, "payment_method_details": {"type": "card"}, **said,
    }  # fmt: skip


def stripe_payment(customer: str, amount: int, **said: Any) -> dict[str, Any]:
    """What a charge paid of the customer's first invoice."""
    return {
        "id": f"inpay_{customer}", "object": "invoice_payment", "invoice": f"in_{customer}_1",
        "amount_paid": amount, "currency": "eur", "status": "paid", "created": seconds(FEBRUARY),
        "livemode": True, "payment": {"type": "charge", "charge": f"ch_{customer}"}, **said,
    }  # fmt: skip


def stripe_refund(customer: str, amount: int, status: str | None = "succeeded") -> dict[str, Any]:
    """A refund of 10 March."""
    return {
        "id": f"re_{customer}", "object": "refund", "charge": f"ch_{customer}", "amount": amount,
        "currency": "eur", "created": seconds(datetime(2025, 3, 10)), "status": status,
    }  # fmt: skip


def stripe_credit_note(customer: str, amount: int, day: datetime, **said: Any) -> dict[str, Any]:
    """A credit note for the customer's first invoice, without lines."""
    return {
        "id": f"cn_{customer}", "object": "credit_note", "invoice": f"in_{customer}_1", "customer": customer,
        "currency": "eur", "status": "issued", "subtotal": amount, "total": amount,
        "total_excluding_tax": amount, "created": seconds(day), "voided_at": None, "livemode": True,
        "refund": None, "customer_balance_transaction": None,
        "lines": {"object": "list", "has_more": False, "data": []}, **said,
    }  # fmt: skip


# As versions before 2025 wrote a line: 12.00 with a sixth of tax, of which a fifth is off.
LINE_OF_2022 = {
    "type": "subscription", "proration": False, "amount": 1200, "discount_amounts": [{"amount": 240}],
    "tax_amounts": [{"amount": 160, "inclusive": True}],
    "period": {"start": seconds(FEBRUARY), "end": seconds(MARCH)},
    "price": {"id": "price_m", "recurring": {"usage_type": "licensed"}, "unit_amount": 1200},
}  # fmt: skip
INVOICE_OF_2022 = stripe_invoice(
    "cus_of_2022", 1, FEBRUARY, [LINE_OF_2022], total=960, tax=160,
    total_tax_amounts=[{"amount": 160, "inclusive": True}],
)  # fmt: skip
del INVOICE_OF_2022["total_taxes"]
STRIPE = {
    "invoices": [
        INVOICE_OF_2022,
        stripe_invoice("cus_outside", 1, FEBRUARY, MONTH, **OUT_OF_BAND, **ended("paid_at", LATER)),
        stripe_invoice("cus_recorded", 1, FEBRUARY, MONTH, amount_paid=2800),
        stripe_invoice("cus_to_balance", 1, FEBRUARY, [stripe_line(9000, FEBRUARY, MARCH)], amount_paid=9000,
                       post_payment_credit_notes_amount=3000),
        stripe_invoice("cus_to_card", 1, FEBRUARY, [stripe_line(9000, FEBRUARY, MARCH)], amount_paid=9000,
                       post_payment_credit_notes_amount=3000),
        stripe_invoice("cus_old_refund", 1, FEBRUARY, MONTH),
        stripe_invoice("cus_authorised", 1, FEBRUARY, MONTH, status="open", amount_remaining=2800),
        stripe_invoice("cus_shipped", 1, FEBRUARY, MONTH, total=3300,
                       shipping_cost={"amount_subtotal": 500, "amount_tax": 0, "amount_total": 500}),
        stripe_invoice("cus_half_paid", 1, FEBRUARY, MONTH, total=3360, status="uncollectible",
                       total_taxes=[{"amount": 560, "tax_behavior": "exclusive"}], amount_paid=1680,
                       amount_remaining=1680, **ended("marked_uncollectible_at", MIDDLE)),
        stripe_invoice("cus_half_credited", 1, FEBRUARY, MONTH, status="uncollectible", amount_paid=0,
                       amount_remaining=1400, pre_payment_credit_notes_amount=1400,
                       **ended("marked_uncollectible_at", MIDDLE)),
        # 365 for 2025; from March on it is half: what is given back goes to the customer's balance.
        stripe_invoice("cus_down", 1, datetime(2025, 1, 1),
                       [stripe_line(36500, datetime(2025, 1, 1), YEAR_END)]),
        stripe_invoice("cus_down", 2, MARCH, [stripe_line(-30600, MARCH, YEAR_END),
                                              stripe_line(15300, MARCH, YEAR_END)], ending_balance=-15300),
        # A discount comes back with the half month that is credited.
        stripe_invoice("cus_itemized", 1, FEBRUARY,
                       [stripe_line(2800, FEBRUARY, MARCH, discount_amounts=[{"amount": 280}])], total=2520),
        stripe_invoice("cus_itemized", 2, MIDDLE,
                       [stripe_line(-1400, MIDDLE, MARCH, discount_amounts=[{"amount": -140}])], total=-1260),
        stripe_invoice("cus_ahead", 1, FEBRUARY, [stripe_line(3000, APRIL, MAY)]),
        stripe_invoice("cus_given_up_then_void", 1, FEBRUARY, MONTH, status="void", status_transitions={
            "finalized_at": seconds(FEBRUARY), "marked_uncollectible_at": seconds(MIDDLE),
            "voided_at": seconds(LATER)}),
        # 8 were paid back outside of Stripe.
        stripe_invoice("cus_repaid", 1, FEBRUARY, MONTH, amount_paid=2800,
                       post_payment_credit_notes_amount=800),
        # 7 went to the customer's balance, which paid a quarter of March.
        stripe_invoice("cus_carried", 1, FEBRUARY, MONTH, amount_paid=2800,
                       post_payment_credit_notes_amount=700),
        stripe_invoice("cus_carried", 2, MARCH, [stripe_line(2800, MARCH, datetime(2025, 3, 29))],
                       starting_balance=-700, amount_due=2100, amount_paid=2100),
        # Paid by two charges; of one a part was disputed and lost.
        stripe_invoice("cus_in_parts", 1, FEBRUARY, MONTH, amount_paid=2800),
        # The refund of its credit note failed later.
        stripe_invoice("cus_not_repaid", 1, FEBRUARY, MONTH, amount_paid=2800,
                       post_payment_credit_notes_amount=700),
        # Half was paid; of 21 that are credited 14 lower what is open, and 7 go back.
        stripe_invoice("cus_half_open", 1, FEBRUARY, MONTH, amount_paid=1400,
                       pre_payment_credit_notes_amount=1400, post_payment_credit_notes_amount=700),
        stripe_invoice("cus_tried", 1, FEBRUARY, MONTH, livemode=False),
        stripe_invoice("cus_draft", 1, FEBRUARY, MONTH, status="draft", status_transitions={}),
    ],
    "charges": [
        stripe_charge("cus_to_balance", 9000, amount_refunded=2000),
        stripe_charge("cus_to_card", 9000, amount_refunded=3000),
        stripe_charge("cus_old_refund", 2800),
        stripe_charge("cus_half_paid", 1680),
        stripe_charge("cus_repaid", 2800),
        stripe_charge("cus_carried", 2800),
        stripe_charge("cus_carried", 2100, id="ch_rest", created=seconds(MARCH)),
        stripe_charge("cus_in_parts", 1000),
        stripe_charge("cus_in_parts", 1800, id="ch_second"),
        stripe_charge("cus_not_repaid", 2800),
        stripe_charge("cus_half_open", 1400, amount_refunded=700),
        # It was never captured; letting it go is a refund to Stripe.
        stripe_charge("cus_authorised", 2800, amount_captured=0, captured=False, amount_refunded=2800,
                      refunded=True),
    ],
    "invoice_payments": [
        stripe_payment("cus_to_balance", 9000),
        stripe_payment("cus_to_card", 9000),
        stripe_payment("cus_old_refund", 2800),
        stripe_payment("cus_half_paid", 1680),
        stripe_payment("cus_repaid", 2800),
        stripe_payment("cus_carried", 2800),
        stripe_payment("cus_carried", 2100, id="inpay_rest", invoice="in_cus_carried_2",
                       payment={"type": "charge", "charge": "ch_rest"}),
        stripe_payment("cus_in_parts", 1000),
        stripe_payment("cus_in_parts", 1800, id="inpay_second",
                       payment={"type": "charge", "charge": "ch_second"}),
        stripe_payment("cus_not_repaid", 2800),
        stripe_payment("cus_half_open", 1400),
        stripe_payment("cus_authorised", 2800, status="open"),
        stripe_payment("cus_recorded", 2800, payment={"type": "payment_record", "payment_record": "pr_1"}),
    ],
    "refunds": [
        # 20 more than the 30 that the customer's balance got.
        stripe_refund("cus_to_balance", 2000),
        stripe_refund("cus_to_card", 3000),
        stripe_refund("cus_old_refund", 700, None),
        stripe_refund("cus_not_repaid", 700, "failed"),
        stripe_refund("cus_half_open", 700),
    ],
    "disputes": [
        {"id": "du_part", "object": "dispute", "charge": "ch_second", "amount": 700, "currency": "eur",
         "created": seconds(LATER), "status": "lost", "livemode": True},
        {"id": "du_won", "object": "dispute", "charge": "ch_cus_in_parts", "amount": 1000, "currency": "eur",
         "created": seconds(LATER), "status": "won", "livemode": True},
    ],
    "credit_notes": [
        stripe_credit_note("cus_repaid", 800, LATER, refunds=[], post_payment_amount=800,
                           out_of_band_amount=800),
        stripe_credit_note("cus_carried", 700, LATER, refunds=[], post_payment_amount=700,
                           customer_balance_transaction="cbtxn_2"),
        stripe_credit_note("cus_not_repaid", 700, LATER, post_payment_amount=700,
                           refunds=[{"amount_refunded": 700, "refund": "re_cus_not_repaid"}]),
        stripe_credit_note("cus_half_open", 2100, LATER, pre_payment_amount=1400, post_payment_amount=700,
                           refunds=[{"amount_refunded": 700, "refund": "re_cus_half_open"}]),
        stripe_credit_note("cus_to_balance", 3000, LATER, customer_balance_transaction="cbtxn_1"),
        stripe_credit_note("cus_to_card", 3000, LATER,
                           refunds=[{"amount_refunded": 3000, "refund": "re_cus_to_card"}]),
        stripe_credit_note("cus_half_credited", 1400, datetime(2025, 2, 1)),
    ],
}  # fmt: skip


def fivetran_invoice(customer: str, **said: Any) -> dict[str, Any]:
    """An invoice of February over 28."""
    return {
        "id": f"in_{customer}", "customer_id": customer, "currency": "eur", "status": "paid",
        "created": "2025-02-01 00:00:00", "subtotal": 2800, "tax": "", "total": 2800, "amount_due": 2800,
        "status_transitions_finalized_at": "2025-02-01 00:00:00", "paid_out_of_band": "false", **said,
    }  # fmt: skip


FIVETRAN = [
    fivetran_invoice("couponed", total=2400, tax=400, amount_due=2400),
    fivetran_invoice("taxed", tax=467),
    fivetran_invoice("outside", paid_out_of_band="true"),
    fivetran_invoice("deleted", status="deleted", status_transitions_finalized_at=""),
]
FIVETRAN_LINES = [
    {"id": f"il_{row['customer_id']}", "invoice_id": row["id"], "amount": 2800, "currency": "eur",
     "proration": "false", "quantity": 1, "period_start": "2025-02-01 00:00:00",
     "period_end": "2025-03-01 00:00:00"} for row in FIVETRAN
]  # fmt: skip


def rounded_invoice() -> dict[str, Any]:
    """A total that is rounded up to 28."""
    found = chargebee_invoice("31", "rounded", FEBRUARY, 2799, round_off_amount=1)
    found["invoice"]["total"] = 2800
    return found


def chargebee_payment(name: str, customer: str, amount: int, **said: Any) -> dict[str, Any]:
    """A payment of 1 February."""
    return {"transaction": {
        "id": name, "customer_id": customer, "type": "payment", "status": "success", "amount": amount,
        "currency_code": "EUR", "date": seconds(FEBRUARY), "payment_method": "direct_debit", **said,
    }}  # fmt: skip


CHARGEBEE = {
    "invoices": [
        rounded_invoice(),
        chargebee_invoice("32", "deleted", FEBRUARY, 2800, deleted=True),
        chargebee_invoice("33", "returned", FEBRUARY, 2800, status="payment_due", amount_due=2800,
                          linked_payments=[{"txn_id": "t33", "applied_amount": 2800,
                                            "applied_at": seconds(FEBRUARY)}]),
        chargebee_invoice("34", "given_up", FEBRUARY, 2800, status="not_paid", due_date=seconds(MIDDLE),
                          amount_paid=1400, amount_due=1400,
                          linked_payments=[{"txn_id": "t34", "applied_amount": 1400,
                                            "applied_at": seconds(FEBRUARY)}]),
    ],
    "transactions": [
        chargebee_payment("t32", "deleted", 2800, deleted=True),
        chargebee_payment("t33", "returned", 2800, reversal_transaction_id="t35"),
        chargebee_payment("t35", "returned", 2800, type="payment_reversal", reference_transaction_id="t33"),
        chargebee_payment("t34", "given_up", 1400),
    ],
}  # fmt: skip


def dlt_invoice(customer: str, **said: Any) -> dict[str, Any]:
    """The same as dlt loads it."""
    return {
        "id": f"in_{customer}", "customer": customer, "currency": "eur", "status": "paid",
        "created": seconds(FEBRUARY), "status_transitions__finalized_at": seconds(FEBRUARY), "subtotal": 2800,
        "total": 2800, "total_excluding_tax": 2800, "amount_due": 2800, **said,
    }  # fmt: skip


DLT = [
    dlt_invoice("shipped", total=3300, total_excluding_tax=3300, shipping_cost__amount_subtotal=500),
    dlt_invoice("outside", paid_out_of_band=True),
    dlt_invoice("recorded", amount_paid=2800),
]
DLT_LINES = [
    {"id": f"il_{row['customer']}", "_dlt_id": f"row_{row['customer']}", "invoice": row["id"], "amount": 2800,
     "currency": "eur", "quantity": 1, "period__start": seconds(FEBRUARY), "period__end": seconds(MARCH)}
    for row in DLT
]  # fmt: skip
DLT_PAYMENT = {
    "id": "inpay_recorded", "invoice": "in_recorded", "amount_paid": 2800, "currency": "eur",
    "status": "paid", "created": seconds(FEBRUARY), "payment__type": "payment_record",
    "payment__payment_record": "pr_1",
}  # fmt: skip


def sigma_invoice(customer: str, **said: Any) -> dict[str, Any]:
    """An invoice of Sigma's, of February over 28, that nobody has paid in the tables."""
    return {
        "id": f"in_{customer}", "customer_id": customer, "currency": "eur", "status": "paid", "date": DAY,
        "subtotal": 2800, "tax": 0, "total": 2800, "amount_due": 2800, "amount_paid": 0,
        "amount_remaining": 0, "paid_out_of_band": "False", "status_transitions_finalized_at": DAY,
        "status_transitions_paid_at": DAY, "shipping_cost_amount_subtotal": "", **said,
    }  # fmt: skip


def sigma_line(customer: str, **said: Any) -> dict[str, Any]:
    """Its line, as accounts have it whose table of lines knows no discounts."""
    return {
        "id": f"il_{customer}", "invoice_id": f"in_{customer}", "amount": 2800, "currency": "eur",
        "proration": "False", "quantity": 1, "period_start": DAY, "period_end": "2025-03-01 00:00:00.000",
        "source_id": f"sli_{customer}", "source_type": "subscription", "invoice_item_id": "", **said,
    }  # fmt: skip


def sigma_charge(customer: str, amount: int = 2800, **said: Any) -> dict[str, Any]:
    """A charge for it, by a payment intent."""
    return {
        "id": f"ch_{customer}", "customer_id": customer, "amount": amount, "currency": "eur", "created": DAY,
        "status": "succeeded", "captured": "True", "amount_refunded": 0, "payment_intent": f"pi_{customer}",
        "balance_transaction_id": f"txn_{customer}", **said,
    }  # fmt: skip


def sigma_payment(customer: str, amount: int = 2800, kind: str = "payment_intent") -> dict[str, Any]:
    """What paid it."""
    name = {"payment_intent": "pi", "payment_record": "pr"}[kind]
    return {
        "id": f"inpay_{customer}", "invoice": f"in_{customer}", "payment_id": f"{name}_{customer}",
        "payment_type": kind, "amount_paid": amount, "currency": "eur", "status": "paid",
        "status_transitions_paid_at": DAY,
    }  # fmt: skip


def sigma_credit_note(customer: str, amount: int, created: str, **said: Any) -> dict[str, Any]:
    """A credit note: its amount holds taxes."""
    return {
        "id": f"cn_{customer}", "invoice_id": f"in_{customer}", "customer_id": customer, "currency": "eur",
        "amount": amount, "status": "issued", "type": "post_payment", "created": created, "voided_at": "",
        "refund_id": "", "customer_balance_transaction_id": "", "out_of_band_amount": "", **said,
    }  # fmt: skip


def sigma_refund(customer: str, **said: Any) -> dict[str, Any]:
    """A refund of 7 on 10 March."""
    return {
        "id": f"re_{customer}", "charge_id": f"ch_{customer}", "refund_payment_intent": f"pi_{customer}",
        "amount": 700, "currency": "eur", "created": "2025-03-10 00:00:00.000", "status": "succeeded", **said,
    }  # fmt: skip


def sigma_credit(grant: str, side: str, day: str, amount: int, kind: str, **said: Any) -> dict[str, Any]:
    """What became of a grant of billing credits."""
    return {
        "id": f"cbtxn_{grant}_{side}", "credit_grant_id": f"credgr_{grant}", "type": side,
        "effective_at": day,
        "credit_type": "", "credit_monetary_amount_value": "", "credit_monetary_amount_currency": "",
        "debit_type": "", "debit_monetary_amount_value": "", "debit_monetary_amount_currency": "",
        f"{side}_type": kind, f"{side}_monetary_amount_value": amount,
        f"{side}_monetary_amount_currency": "eur", "invoice_id": "", "invoice_line_item_id": "", **said,
    }  # fmt: skip


DAY, MARCH_DAY = "2025-02-01 00:00:00.000", "2025-03-01 00:00:00.000"
OUTSIDE = {"paid_out_of_band": "True"}
SIGMA = {
    "invoices": [
        sigma_invoice("couponed", total=2000, amount_due=2000),
        sigma_invoice("taxed", tax=467),
        sigma_invoice("shipped", total=3300, shipping_cost_amount_subtotal=500),
        sigma_invoice("part_outside", amount_paid=800, **OUTSIDE),
        sigma_invoice("recorded", amount_paid=2800, **OUTSIDE),
        sigma_invoice("one_of_two", subtotal=5600, tax=1120, total=6720, amount_due=6720,
                      post_payment_credit_notes_amount=1680),
        sigma_invoice("by_intent", amount_paid=2800),
        sigma_invoice("abroad", amount_paid=2800),
        # 7 are credited and paid back by a transfer; 7 more are refunded.
        sigma_invoice("by_transfer", amount_paid=2800, post_payment_credit_notes_amount=700),
        # 28 of credits are bought, of which 10 pay what is used in March; 5 that were given pay of it too.
        sigma_invoice("bought"),
        sigma_invoice("bought", id="in_used", total=1300, date=MARCH_DAY,
                      status_transitions_finalized_at=MARCH_DAY),
    ],
    "invoice_line_items": [
        *(sigma_line(who) for who in ("couponed", "taxed", "shipped", "part_outside", "recorded",
                                      "one_of_two", "by_intent", "abroad", "by_transfer")),
        sigma_line("bought", source_type="invoice_item", invoice_item_id="ii_sold", period_end=DAY),
        sigma_line("bought", id="il_used", invoice_id="in_used", source_id="sli_used"),
        sigma_line("one_of_two", id="il_other", source_id="sli_other", period_end="2025-04-01 00:00:00.000"),
    ],
    "invoice_line_item_discount_amounts": [
        {"id": f"discam_{which}", "invoice_id": "in_couponed", "invoice_line_item_id": "il_couponed",
         "amount": amount, "discount": f"di_{which}"} for which, amount in (("1", 500), ("2", 300))
    ],
    "invoice_line_item_tax_amounts": [
        {"id": "", "invoice_id": "in_taxed", "invoice_line_item_id": "il_taxed", "amount": 467,
         "inclusive": "True", "tax_rate": "txr_held"},
        *({"id": f"ta_{line}", "invoice_id": "in_one_of_two", "invoice_line_item_id": line, "amount": 560,
           "inclusive": "False", "tax_rate": "txr_on_top"} for line in ("il_one_of_two", "il_other")),
    ],
    "invoice_payments": [
        sigma_payment("part_outside", 800),
        sigma_payment("recorded", kind="payment_record"),
        *(sigma_payment(who) for who in ("by_intent", "abroad", "by_transfer")),
    ],
    "charges": [
        sigma_charge("part_outside", 800),
        *(sigma_charge(who) for who in ("by_intent", "abroad", "by_transfer")),
        # An earlier attempt of the same intent.
        sigma_charge("by_intent", id="ch_failed", status="failed"),
    ],
    # The payout is in another currency than the payment, and the table says no exchange rate.
    "balance_transactions": [
        {"id": "txn_abroad", "currency": "nzd", "fee": 151, "available_on": DAY, "source_id": "ch_abroad"},
    ],
    "refunds": [
        sigma_refund("by_intent", charge_id=""),
        sigma_refund("by_transfer"),
        # Money of a customer's balance that no charge brought.
        sigma_refund("balance", charge_id="", refund_payment_intent=""),
    ],
    "invoice_items_metadata": [{"invoice_item_id": "ii_sold", "key": "kind", "value": "credit_purchase"}],
    "billing_credit_grants": [
        {"id": f"credgr_{kind}", "customer_id": "bought", "category": kind, "expires_at": ""}
        for kind in ("paid", "promotional")
    ],
    "billing_credit_balance_transactions": [
        *(sigma_credit(kind, "credit", DAY, 2800, "credits_granted") for kind in ("paid", "promotional")),
        *(sigma_credit(kind, "debit", MARCH_DAY, amount, "credits_applied", invoice_id="in_used",
                       invoice_line_item_id="il_used")
          for kind, amount in (("paid", 1000), ("promotional", 500))),
    ],
    "credit_notes": [
        sigma_credit_note("one_of_two", 1680, "2025-02-15 00:00:00.000"),
        sigma_credit_note("by_transfer", 700, "2025-03-05 00:00:00.000", out_of_band_amount=700),
    ],
    "credit_note_line_items": [
        {"id": "cnli_one", "credit_note_id": "cn_one_of_two", "amount": 1500, "discount_amount": 100,
         "invoice_line_item": "sli_one_of_two", "type": "invoice_line_item"},
    ],
    "credit_note_tax_amounts": [
        {"id": "ta_one", "credit_note_id": "cn_one_of_two", "amount": 280, "inclusive": "False",
         "tax_rate_id": "txr_on_top"},
    ],
}  # fmt: skip
FILES = {
    **{f"stripe_sigma_items/{name}_2.csv": table(rows) for name, rows in SIGMA.items()},
    **{f"stripe/{name}-payments.jsonl": lines(rows) for name, rows in STRIPE.items()},
    **{f"chargebee/{name}-payments.jsonl": lines(rows) for name, rows in CHARGEBEE.items()},
    "stripe_dlt/invoice/1751250001.12ab.jsonl": lines(DLT),
    "stripe_dlt/invoice__lines__data/1751250001.12ab.jsonl": lines(DLT_LINES),
    "stripe_dlt/invoice_payment/1751250001.12ab.jsonl": lines([DLT_PAYMENT]),
    "stripe_fivetran/invoice_2.csv": table(FIVETRAN),
    "stripe_fivetran/invoice_line_item_2.csv": table(FIVETRAN_LINES),
}
