"""Chargebee, Paddle, Recurly and Stripe: what their records of money mean, one row at a time."""

import pytest

from tests.finance.export_files import lines, table
from tests.finance.exports_of_billing import (
    chargebee_invoice,
    chargebee_note,
    paddle_adjustment,
    paddle_transaction,
)
from tests.finance.exports_of_credits import applied, issued
from tests.finance.exports_of_payments import FEBRUARY, chargebee_payment, stripe_credit_note
from tests.finance.exports_of_recurly import CREDIT, adjustment, credit_payment, recurly_invoice, transaction
from tests.finance.exports_of_recurly import FEBRUARY as FEBRUARY_IN_WORDS


def landed(landing, source, **files):
    landing.source(source, source)
    for name, content in files.items():
        stem, _, ending = name.rpartition("_")
        landing.put(source, f"{stem}.{ending}", content)
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []


# ---- Chargebee


@pytest.mark.parametrize(
    ("status", "amount"),
    [("success", "28"), (None, "28"), ("failure", "0"), ("in_progress", "0"), ("late_failure", "0")],
)
def test_a_payment_of_chargebee_that_failed_paid_nothing_of_its_invoice(landing, status, amount):
    payment = {name: value for name, value in applied("t", 2800, status).items() if value is not None}
    invoice = chargebee_invoice("1", "c", FEBRUARY, 2800, linked_payments=[payment])
    landed(landing, "chargebee", invoices_jsonl=lines([invoice]))
    assert landing.rows("select amount_applied from raw.invoice_payments") == [(amount,)]


@pytest.mark.parametrize(
    ("said", "credited"),
    [
        ({"amount_adjusted": 700}, ("7", None)),
        (
            # A write-off is no part of what was adjusted.
            {"amount_adjusted": 700, "write_off_amount": 2100,
             "adjustment_credit_notes": [issued("a", 700, "adjusted"), issued("w", 2100, "adjusted")]},
            ("28", None),
        ),
        (
            {"amount_adjusted": 0, "adjustment_credit_notes": [issued("a", 700, "voided")],
             "issued_credit_notes": [issued("r", 2800), issued("v", 500, "voided")]},
            ("0", "28"),
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_enveloped", [True, False])
def test_an_invoice_of_chargebee_says_what_was_credited_of_it(landing, is_enveloped, said, credited):
    invoice = chargebee_invoice("1", "c", FEBRUARY, 2800, **said)
    landed(landing, "chargebee", invoices_jsonl=lines([invoice if is_enveloped else invoice["invoice"]]))
    assert landing.rows("select credited_unpaid, credited_paid from raw.invoices") == [credited]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"refunded_txn_id": "p", "linked_credit_notes": [{"cn_id": "CN", "cn_reference_invoice_id": "1"}]},
         ("p", None)),
        # Its credit note is for no invoice: an invoice below 0 says what it means.
        ({"refunded_txn_id": "p", "linked_credit_notes": [{"cn_id": "CN"}]}, ("p", "true")),
        ({"refunded_txn_id": "p", "linked_credit_notes": []}, ("p", "true")),
        ({"refunded_txn_id": "p"}, ("p", "true")),
        # Recorded by hand for a credit note.
        ({"linked_credit_notes": [{"cn_id": "CN", "cn_reference_invoice_id": "1"}]}, ("r", "true")),
    ],
)  # fmt: skip
def test_a_refund_of_chargebee_is_money_alone_without_its_credit_note_or_its_payment(landing, said, expected):
    refund = chargebee_payment("r", "c", 700, type="refund", **said)
    landed(landing, "chargebee", transactions_jsonl=lines([refund]))
    assert landing.rows("select payment_id, is_cash_only from raw.reversals") == [expected]


@pytest.mark.parametrize(
    ("said", "note", "bill"),
    [
        # Store credits are without tax, whatever their invoice had.
        ({"type": "store"}, ("14", "0"), None),
        ({"type": "refundable", "taxes": [{"name": "VAT", "amount": 280}]}, ("11.2", "2.8"), None),
        ({"type": "store", "reference_invoice_id": None}, None, ("-14", None, "-14")),
        ({"type": "refundable", "reference_invoice_id": None, "taxes": [{"name": "VAT", "amount": 280}]},
         None, ("-14", "-2.8", "-14")),
        ({"type": "refundable", "reference_invoice_id": None, "price_type": "tax_inclusive"}, None,
         ("-14", None, "-12.6")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_enveloped", [True, False])
def test_a_credit_note_of_chargebee_for_no_invoice_is_below_0(landing, is_enveloped, said, note, bill):
    found = chargebee_note("CN", "1", "c", FEBRUARY, 1400, **said)
    found["credit_note"]["line_items"][0]["tax_amount"] = 140
    landed(landing, "chargebee", credit_notes_jsonl=lines([found if is_enveloped else found["credit_note"]]))
    assert landing.rows("select amount_ex_tax, tax from raw.credit_notes") == ([note] if note else [])
    bills = landing.rows(
        "select total, tax_total, amount_ex_tax from raw.invoices join raw.invoice_lines using (invoice_id)"
    )
    assert bills == ([bill] if bill else [])


@pytest.mark.parametrize(
    ("method", "expected"),
    [("card", "card"), ("sepa_credit", "transfer"), ("direct_debit", "sepa_debit"), ("klarna", "other")],
)
def test_any_way_of_paying_chargebee_is_known(landing, method, expected):
    payment = chargebee_payment("p", "c", 700, payment_method=method)
    landed(landing, "chargebee", transactions_jsonl=lines([payment]))
    assert landing.rows("select method from raw.payments") == [(expected,)]


# ---- Paddle


@pytest.mark.parametrize("action", ["refund", "chargeback"])
def test_a_refund_of_paddle_of_what_was_billed_before_the_export_is_read(landing, action):
    landed(landing, "paddle", adjustments_jsonl=lines([paddle_adjustment("gone", action, 700)]))
    assert landing.rows("select payment_id, amount from raw.reversals") == [("not_delivered", "8.4")]


@pytest.mark.parametrize(
    ("totals", "amount"),
    [
        ({"subtotal": "2800", "discount": "0", "tax": "560", "total": "3360"}, "28"),
        ({"subtotal": "3080", "discount": "280", "tax": "560", "total": "3360"}, "28"),
        ({"subtotal": "3360", "discount": "0", "tax": "560", "total": "3360"}, "28"),
        ({"subtotal": "-1400", "discount": "0", "tax": "-280", "total": "-1680"}, "-14"),
    ],
)
def test_a_line_of_paddle_is_its_total_without_tax(landing, totals, amount):
    found = paddle_transaction("c", [("pri_month", 2800, True)])
    found["details"]["line_items"][0]["totals"] = totals
    landed(landing, "paddle", transactions_jsonl=lines([found]))
    assert landing.rows("select amount_ex_tax from raw.invoice_lines") == [(amount,)]


@pytest.mark.parametrize(
    ("adjusted", "amount"),
    [
        ({"adjusted_totals": {"total": "2520"}}, "8.4"),
        ({"adjusted_totals": {"total": "3360"}}, "0"),
        ({}, None),
    ],
)
def test_a_transaction_of_paddle_says_what_was_taken_off_it(landing, adjusted, amount):
    found = paddle_transaction("c", [("pri_month", 2800, True)])
    found["details"] |= adjusted
    landed(landing, "paddle", transactions_jsonl=lines([found]))
    assert landing.rows("select credited_paid from raw.invoices") == [(amount,)]


@pytest.mark.parametrize(("action", "amount"), [("refund", "8.4"), ("credit", "0")])
def test_a_credit_of_paddle_pays_nothing_back(landing, action, amount):
    landed(landing, "paddle", adjustments_jsonl=lines([paddle_adjustment("c", action, 700)]))
    assert landing.rows("select refunded_amount from raw.credit_notes") == [(amount,)]


# ---- Recurly

REASON = {"adjustment_type": "credit", "adjustment_credit_reason_code": "general"}


@pytest.mark.parametrize(
    ("kind", "number", "is_note"),
    [
        ("immediate_change", "", False),
        ("credit", "", False),
        ("usage_correction", "", False),
        ("immediate_change", "1", True),
        ("credit", "1", True),
        ("refund", "", True),
        ("open_amount_refund", "", True),
        ("termination", "", True),
        ("write_off", "1", True),
        ("gift_card", "", None),
        ("prepayment", "", None),
        ("carryforward_credit", "1", None),
    ],
)
def test_a_credit_invoice_of_recurly_credits_the_one_it_names_or_is_below_0(landing, kind, number, is_note):
    said = {"invoice_type": kind, "original_invoice_number": number}
    landed(
        landing,
        "recurly",
        invoices_csv=table([recurly_invoice("2", "c", -7, -1.4, **CREDIT, **said)]),
        adjustments_csv=table([adjustment("2", -7, -1.4, **REASON, **said)]),
    )
    invoices = landing.rows("select status, total, tax_total from raw.invoices where status <> 'draft'")
    negative = landing.rows("select amount_ex_tax, is_proration from raw.invoice_lines")
    notes = landing.rows("select amount_ex_tax, tax, is_write_off from raw.credit_notes")
    credited = landing.rows("select amount_ex_tax from raw.credit_note_lines")
    below_0 = ([("paid", "-8.4", "-1.4")], [("-7", "true")])
    note = ([("7", "1.4", "true" if kind == "write_off" else "false")], [("7",)])
    assert (invoices, negative) == (below_0 if is_note is False else ([], []))
    assert (notes, credited) == (note if is_note else ([], []))


def test_a_credit_note_of_recurly_is_without_the_discounts_that_its_subtotal_is_before(landing):
    said = {"invoice_type": "refund", "original_invoice_number": "1", "invoice_subtotal": -36}
    invoices = table([recurly_invoice("2", "c", -28, -5.6, **CREDIT, **said)])
    landed(landing, "recurly", invoices_csv=invoices)
    assert landing.rows("select amount_ex_tax, tax, refunded_amount from raw.credit_notes") == [
        ("28", "5.6", "33.6")
    ]


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [
        ("purchase", "success", "succeeded"),
        ("capture", "success", "succeeded"),
        ("purchase", "chargeback", "charged_back"),
        ("purchase", "error", "failed"),
        ("purchase", "pending", "pending"),
        ("purchase", "void", "canceled"),
    ],
)
def test_a_transaction_of_recurly_is_a_payment_with_its_outcome(landing, kind, status, outcome):
    landed(landing, "recurly", transactions_csv=table([transaction("t", kind, 28, "uuid_1", status=status)]))
    assert landing.rows("select outcome from raw.payments") == [(outcome,)]


UNNAMED = ("original_invoice_number", "adjustment_credit_reason_code")


def without(row, *names):
    return {name: value for name, value in row.items() if name not in names}


@pytest.mark.parametrize("left_out", [UNNAMED[:1], UNNAMED[1:], UNNAMED])
def test_exports_of_recurly_without_credits_need_no_column_that_tells_credits_apart(landing, left_out):
    landed(
        landing,
        "recurly",
        adjustments_csv=table([without(adjustment("1", 28), *left_out)]),
        invoices_csv=table([without(recurly_invoice("1", "c", 28), *left_out)]),
    )
    assert landing.rows("select amount_ex_tax from raw.invoice_lines") == [("28",)]
    assert landing.rows("select total from raw.invoices") == [("28",)]


def test_an_export_of_recurly_with_credits_says_which_column_tells_them_apart(landing):
    landing.source("recurly", "recurly")
    rows = [recurly_invoice("1", "c", 28), recurly_invoice("2", "c", -7, **CREDIT)]
    landing.put("recurly", "invoices.csv", table([without(row, "original_invoice_number") for row in rows]))
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == [
        (
            "S01",
            "invoices.csv has no column 'original_invoice_number', which tells the rows of invoices apart: "
            "1 row of `invoice_doc_type` credit, the first on line 3. Export it.",
        )
    ]
    assert landing.rows("select count(*) from raw.invoices") == [(0,)]


@pytest.mark.parametrize(
    ("kind", "action", "said", "bill", "uses"),
    [
        ("prepayment", "payment", {}, "paid", [("draw_down", "8")]),
        ("gift_card", "gift_card", {}, "paid", [("draw_down", "8")]),
        # The invoice that it paid failed.
        ("prepayment", "payment", {"voided_at": FEBRUARY_IN_WORDS}, "void",
         [("draw_down", "8"), ("reinstatement", "8")]),
        # What was given has taken its revenue already.
        ("credit", "payment", {}, "draft", [("draw_down", None)]),
        ("credit", "payment", {"voided_at": FEBRUARY_IN_WORDS}, "draft",
         [("draw_down", None), ("reinstatement", None)]),
        # Taken off the balance by hand.
        ("prepayment", "reduction", {}, None, [("void", "8")]),
        ("write_off", "write_off", {}, None, []),
    ],
)  # fmt: skip
def test_a_credit_payment_of_recurly_draws_down_what_was_paid_in_advance(
    landing, kind, action, said, bill, uses
):
    credit = recurly_invoice("2", "c", -50, invoice_type=kind, invoice_balance=-42, **CREDIT)
    landed(
        landing,
        "recurly",
        invoices_csv=table([credit]),
        credit_payments_csv=table([credit_payment("1", action, 8, "2", **said)]),
    )
    bills = landing.rows("select status, total from raw.invoices where invoice_id = 'cp_1'")
    assert bills == ([(bill, "-8")] if bill else [])
    assert (
        landing.rows("select kind, amount from raw.credit_transactions where kind <> 'grant' order by kind")
        == uses
    )


def test_a_credit_invoice_of_recurly_that_was_paid_in_advance_says_what_of_it_was_used(landing):
    credit = recurly_invoice("2", "c", -50, invoice_type="prepayment", invoice_balance=-42, **CREDIT)
    landed(landing, "recurly", invoices_csv=table([credit]))
    assert landing.rows("select status, credits_used from raw.invoices") == [("draft", "8")]
    assert landing.rows("select kind, amount from raw.credit_transactions") == [("grant", "50")]


def test_a_credit_payment_of_recurly_without_its_credit_invoice_is_refused(landing):
    landing.source("recurly", "recurly")
    landing.put("recurly", "credit_payments.csv", table([credit_payment("1", "payment", 8, "2")]))
    landing.run()
    assert ("V10", "status") in landing.rows("select code, column_name from audit.rejects")


def test_a_redemption_of_recurly_needs_no_type_beside_its_size(landing):
    redemption = {
        "uuid": "r", "account_code": "c", "subscription_id": "s", "discount_percent": "10", "discount": "",
        "currency": "EUR", "timeframe": "forever", "applied_at": FEBRUARY_IN_WORDS, "expires_at": "",
        "coupon_code": "ten",
    }  # fmt: skip
    landed(landing, "recurly", coupon_redemptions_csv=table([redemption]))
    assert landing.rows("select percent_off from raw.discounts") == [("10",)]


# ---- Stripe

OUTSIDE = {"out_of_band_amount": 700, "effective_at": None}
RECORDED = {"type": "payment_record_refund", "amount_refunded": 700,
            "payment_record_refund": {"payment_record": "pr_1", "refund_group": "group"}}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "refunded", "reversals"),
    [
        # Versions before 2025: what went back is matched by amount, unless it can't have.
        ({}, None, []),
        ({"refund": "re_1"}, None, []),
        ({"customer_balance_transaction": "cbtxn_1"}, "0", []),
        (OUTSIDE, "0", [("cn_c:out_of_band", "succeeded", "7")]),
        (OUTSIDE | {"status": "void"}, "0", [("cn_c:out_of_band", "canceled", "7")]),
        # Since then what is not among its refunds did not go back.
        ({"refunds": [], "post_payment_amount": 0}, "0", []),
        ({"refunds": [{"amount_refunded": 300, "refund": "re_1"}], "post_payment_amount": 700}, "3", []),
        (
            {"refunds": [RECORDED], "post_payment_amount": 700},
            "7",
            [("cn_c:group", "succeeded", "7")],
        ),
    ],
)
def test_a_credit_note_of_stripe_says_what_of_it_went_back_and_where(landing, said, refunded, reversals):
    note = stripe_credit_note("c", 700, FEBRUARY, **said)
    landed(landing, "stripe", credit_notes_jsonl=lines([note]))
    assert landing.rows("select refunded_amount from raw.credit_notes") == [(refunded,)]
    found = "select reversal_id, status, amount from raw.reversals where is_cash_only = 'true'"
    assert landing.rows(found) == reversals


NOTE = {"id": "cn_c", "invoice_id": "in_1", "customer_id": "c", "currency": "eur", "status": "issued",
        "amount": 700, "total": 700, "subtotal": 700, "created": "2025-02-01 00:00:00",
        "voided_at": ""}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "file", "row"),
    [
        ("stripe_sigma_items", "credit_notes_csv", NOTE),
        ("stripe_fivetran", "credit_note_csv", NOTE | {"discount_amount": ""}),
        ("stripe_dlt", "credit_note_jsonl", NOTE | {"customer": "c", "created": 1738368000}),
    ],
)
@pytest.mark.parametrize("outside", [700, 0, ""])
def test_tables_of_loaders_say_what_stripe_did_not_pay_back_itself(landing, source, file, row, outside):
    row = {name: value for name, value in (row | {"out_of_band_amount": outside}).items() if value != ""}
    row |= {} if file.endswith("jsonl") else {"voided_at": "", "out_of_band_amount": outside}
    landed(landing, source, **{file: lines([row]) if file.endswith("jsonl") else table([row])})
    found = landing.rows("select reversal_id, status, amount, is_cash_only from raw.reversals")
    assert found == ([("cn_c:out_of_band", "succeeded", "7", "true")] if outside else [])


@pytest.mark.parametrize(
    ("kind", "amount", "expected"),
    [
        ("adjustment", -500, [("5", None)]),
        ("adjustment", 500, [("-5", None)]),
        ("migration", -500, [("5", None)]),
        # These come from what tells of itself.
        ("applied_to_invoice", 500, []),
        ("unapplied_from_invoice", -500, []),
        ("credit_note", -500, []),
        ("invoice_too_small", 30, []),
        ("invoice_overpaid", -500, []),
    ],
)
@pytest.mark.parametrize("source", ["stripe", "stripe_sigma_items"])
def test_what_is_put_on_a_balance_of_stripe_by_hand_is_a_credit_of_no_invoice(
    landing, source, kind, amount, expected
):
    row = {"id": "cbtxn_1", "amount": amount, "currency": "eur", "type": kind}
    files = {
        "stripe": {"customer_balance_transactions_jsonl": lines([row | {"customer": "c", "created": 1}])},
        "stripe_sigma_items": {
            "customer_balance_transactions_csv": table(
                [row | {"customer_id": "c", "created": "2025-02-01 00:00:00"}]
            )
        },
    }
    landed(landing, source, **files[source])
    assert landing.rows("select amount_ex_tax, invoice_id from raw.credit_notes") == expected
