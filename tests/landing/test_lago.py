"""Lago: what its plans, coupons and charges mean where a list does not show everything."""

import json
from decimal import Decimal

import pytest

START = "2025-01-01T00:00:00Z"
SUBSCRIPTION = {
    "lago_id": "s",
    "external_id": "e",
    "external_customer_id": "c",
    "plan_code": "basic",
    "plan_amount_cents": 5000,
    "plan_amount_currency": "EUR",
    "status": "active",
    "created_at": START,
    "started_at": START,
    "subscription_at": START,
    "terminated_at": None,
    "trial_ended_at": None,
}
PLAN = {
    "lago_id": "p",
    "code": "basic",
    "name": "Basic",
    "interval": "yearly",
    "amount_cents": 5000,
    "amount_currency": "EUR",
    "trial_period": 0.0,
    "charges": [],
    "fixed_charges": [],
    "minimum_commitment": None,
}
FIXED = {
    "lago_id": "f",
    "code": "seats",
    "charge_model": "standard",
    "units": 5,
    "properties": {"amount": "8.5"},
}


def landed(landing, **objects):
    landing.source("own", "lago")
    for name, records in objects.items():
        text = json.dumps({name: records, "meta": {"current_page": 1, "next_page": None}}) + "\n"
        landing.put("own", f"2025-06-30/{name}.json", text)
    landing.run()
    assert landing.rows("select code, column_name, message from audit.rejects") == []


@pytest.mark.parametrize(
    ("plan", "term"),
    [
        ({}, None),
        ({"fixed_charges": [FIXED]}, "fixed charges"),
        ({"minimum_commitment": {"amount_cents": 9000}}, None),
        ({"charges": [{"charge_model": "standard"}]}, None),
    ],
)
def test_a_term_of_lago_that_is_not_read_is_named(landing, plan, term):
    landed(landing, subscriptions=[SUBSCRIPTION], plans=[PLAN | plan])
    found = landing.rows("select item_id, unread_terms, interval_unit from raw.subscription_items")
    assert found == [("plan", term, "year")]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [({}, ("year", "1")), ({"bill_fixed_charges_monthly": True}, ("month", "1"))],
)
def test_fixed_charges_that_lago_bills_monthly_are_monthly(landing, plan, expected):
    own = PLAN | {"fixed_charges": [FIXED]} | plan
    landed(landing, subscriptions=[SUBSCRIPTION | {"plan": own}], plans=[PLAN])
    fields = "unit_amount, quantity, interval_unit, interval_count, unread_terms"
    found = landing.rows(f"select {fields} from raw.subscription_items where item_id = 'f'")
    assert found == [("8.5", "5", *expected, None)]


def test_steps_of_a_fixed_charge_are_named(landing):
    own = PLAN | {"fixed_charges": [FIXED | {"charge_model": "graduated", "properties": {}}]}
    landed(landing, subscriptions=[SUBSCRIPTION | {"plan": own}], plans=[PLAN])
    found = landing.rows("select unread_terms from raw.subscription_items where item_id = 'f'")
    assert found == [("steps of a fixed charge",)]


def test_a_coupon_of_lago_on_usage_takes_nothing_off(landing):
    coupon = {"code": "U", "percentage_rate": "10.0", "amount_currency": None, "frequency": "forever"}
    coupon |= {"plan_codes": [], "billable_metric_codes": ["calls"]}
    landed(landing, coupons=[coupon])
    assert landing.rows("select product_ids from raw.coupons") == [("usage only",)]


def test_a_status_that_lago_does_not_have_is_refused(landing):
    landing.source("own", "lago")
    text = json.dumps({"subscriptions": [SUBSCRIPTION | {"status": "odd"}], "meta": {"next_page": None}})
    landing.put("own", "subscriptions.json", text)
    landing.run()
    assert ("V10", "status") in landing.rows("select code, column_name from audit.rejects")


def test_a_page_of_lago_that_another_follows_is_refused(landing):
    landing.source("own", "lago")
    text = json.dumps({"plans": [PLAN], "meta": {"current_page": 1, "next_page": 2}})
    landing.put("own", "plans.json", text)
    landing.run()
    assert landing.rows("select distinct code from audit.rejects") == [("F14",)]


def test_what_is_known_of_lago_and_not_read_makes_no_noise(landing):
    landing.source("own", "lago")
    landing.put("own", "taxes.json", json.dumps({"taxes": [], "meta": {"next_page": None}}))
    landing.put("own", "plans.json", json.dumps({"plans": [PLAN], "meta": {"next_page": None}}))
    landing.run()
    assert landing.rows("select code from audit.rejects") == []


@pytest.mark.parametrize(
    ("subscription", "plan", "expected"),
    [
        ({}, {}, (None, "EUR", "year", "1", None)),
        ({}, {"minimum_commitment": {"amount_cents": 9000}}, ("90", "EUR", "year", "1", None)),
        (
            {"billing_time": "calendar", "plan": PLAN | {"minimum_commitment": {"amount_cents": 8000}}},
            {"minimum_commitment": {"amount_cents": 9000}, "interval": "weekly"},
            ("80", "EUR", "year", "1", "calendar"),
        ),
        (
            {"billing_time": "anniversary", "plan": PLAN},
            {"minimum_commitment": {"amount_cents": 9000}},
            ("0", "EUR", "year", "1", "start"),
        ),
    ],
)
def test_the_minimum_of_a_plan_is_one_of_its_subscriptions(landing, subscription, plan, expected):
    landed(landing, subscriptions=[SUBSCRIPTION | subscription], plans=[PLAN | plan])
    fields = "amount, currency, interval_unit, interval_count, anchor"
    assert landing.rows(f"select {fields} from raw.commitments") == [expected]


@pytest.mark.parametrize(
    ("own", "customer", "expected"),
    [
        ({}, {}, None),
        ({}, {"timezone": "Asia/Tokyo", "applicable_timezone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({}, {"timezone": None, "applicable_timezone": "UTC"}, "UTC"),
        (
            {"customer": {"applicable_timezone": "Europe/Paris"}},
            {"applicable_timezone": "UTC"},
            "Europe/Paris",
        ),
    ],
)
def test_the_days_of_a_minimum_are_those_of_its_customer(landing, own, customer, expected):
    record = {"lago_id": "l", "external_id": SUBSCRIPTION["external_customer_id"], "name": "n"} | customer
    landed(landing, customers=[record], subscriptions=[SUBSCRIPTION | own], plans=[PLAN])
    assert landing.rows("select time_zone from raw.commitments") == [(expected,)]


def test_a_zone_that_nobody_knows_is_refused(landing):
    landing.source("own", "lago")
    record = SUBSCRIPTION | {"customer": {"applicable_timezone": "Europe/Lutetia"}}
    landing.put(
        "own", "subscriptions.json", json.dumps({"subscriptions": [record], "meta": {"next_page": None}})
    )
    landing.put("own", "plans.json", json.dumps({"plans": [PLAN], "meta": {"next_page": None}}))
    landing.run()
    ((message,),) = landing.rows("select message from audit.rejects where column_name = 'time_zone'")
    assert "'Europe/Lutetia' is no name of the zone database" in message


INVOICE = {
    "lago_id": "i", "number": "L-1", "issuing_date": "2025-03-01", "status": "finalized",
    "payment_status": "succeeded",
    "currency": "EUR", "fees_amount_cents": 7000, "coupons_amount_cents": 0, "taxes_amount_cents": 0,
    "credit_notes_amount_cents": 500, "sub_total_including_taxes_amount_cents": 7000, "total_amount_cents": 0,
    "external_customer_id": "c",
}  # fmt: skip
DRAWN = [
    ({}, []),
    ({"prepaid_credit_amount_cents": 0}, []),
    ({"prepaid_credit_amount_cents": 6500}, [("prepaid_credits", "credit_purchase", "-65")]),
    (
        {"prepaid_credit_amount_cents": 6500, "prepaid_granted_credit_amount_cents": 2000},
        [("granted_credits", "discount", "-20"), ("prepaid_credits", "credit_purchase", "-45")],
    ),
]


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize(("more", "expected"), DRAWN)
def test_prepaid_credits_of_lago_are_lines_that_draw_them_down(landing, form, more, expected):
    invoice = INVOICE | more
    if form == "json":
        landed(landing, invoices=[invoice])
    else:
        landing.source("own", "lago")
        text = ",".join(invoice) + "\n" + ",".join(str(value) for value in invoice.values()) + "\n"
        landing.put("own", "2025-06-30/invoices.csv", text)
        landing.run()
        assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select line_id, kind, amount_ex_tax from raw.invoice_lines order by 1") == expected
    total = Decimal("70") + sum(Decimal(amount) for _, _, amount in expected)
    assert landing.rows("select total from raw.invoices") == [(str(total),)]


def test_a_top_up_of_lago_buys_credits(landing):
    fee = {
        "lago_id": "f",
        "lago_invoice_id": "i",
        "amount_cents": 10000,
        "amount_currency": "EUR",
        "units": "100.0",
    }
    landed(
        landing,
        invoices=[INVOICE],
        fees=[fee | {"item": {"type": "credit", "item_type": "WalletTransaction"}}],
    )
    assert landing.rows("select kind, amount_ex_tax from raw.invoice_lines") == [("credit_purchase", "100")]


@pytest.mark.parametrize(
    ("to_date", "expected"),
    [
        ("2025-01-31T23:59:59Z", "2025-02-01 00:00:00"),
        ("2025-01-31T22:59:59.999Z", "2025-01-31 23:00:00"),
        ("2025-01-20T10:30:00Z", "2025-01-20 10:30:00"),
        (None, None),
    ],
)
def test_a_fee_of_lago_is_for_its_last_second_too(landing, to_date, expected):
    fee = {
        "lago_id": "f", "lago_invoice_id": "i", "amount_cents": 3100, "amount_currency": "EUR",
        "units": "1.0",
        "item": {"type": "subscription"}, "from_date": START, "to_date": to_date,
    }  # fmt: skip
    landed(landing, invoices=[INVOICE], fees=[fee])
    assert landing.rows("select service_end_at from raw.invoice_lines") == [(expected,)]


@pytest.mark.parametrize(("adjustment", "expected"), [(0, [("f", "5")]), (100, [])])
def test_a_credit_note_of_lago_names_its_fees(landing, adjustment, expected):
    note = {
        "lago_id": "cn", "lago_invoice_id": "i", "issuing_date": "2025-04-01", "currency": "EUR",
        "credit_status": "available",
        "sub_total_excluding_taxes_amount_cents": 500 - adjustment, "taxes_amount_cents": 0,
        "coupons_adjustment_amount_cents": adjustment,
        "items": [{"lago_id": "it", "amount_cents": 500, "amount_currency": "EUR", "fee": {"lago_id": "f"}}],
    }  # fmt: skip
    landed(landing, invoices=[INVOICE], credit_notes=[note])
    assert landing.rows("select line_id, amount_ex_tax from raw.credit_note_lines") == expected


PAYMENT = {
    "lago_id": "p", "lago_customer_id": "lc", "external_customer_id": "c", "invoice_ids": ["i"],
    "lago_payable_id": "i", "payable_type": "Invoice", "amount_cents": 4000, "amount_currency": "EUR",
    "status": "succeeded", "payment_status": "succeeded", "type": "provider", "reference": None,
    "payment_provider_type": "stripe", "created_at": "2025-03-02T08:00:00Z",
}  # fmt: skip


NOTE = {
    "lago_id": "cn", "lago_invoice_id": "i", "issuing_date": "2025-04-01", "currency": "EUR",
    "credit_status": None, "refund_status": "succeeded", "refund_amount_cents": 600,
    "sub_total_excluding_taxes_amount_cents": 500, "taxes_amount_cents": 100,
    "coupons_adjustment_amount_cents": 0, "items": [],
}  # fmt: skip
GONE = ("cn:refund", "p", "6", "2025-04-01 00:00:00")


@pytest.mark.parametrize(
    ("said", "payments", "amount", "expected"),
    [
        ({}, [PAYMENT | {"lago_id": "a", "payment_status": "failed"}, PAYMENT], "6", [GONE]),
        ({"refund_status": "pending"}, [PAYMENT], "0", []),
        ({"refund_status": "failed"}, [PAYMENT], "0", []),
        ({"refund_status": None, "refund_amount_cents": 0}, [PAYMENT], "0", []),
        ({}, [PAYMENT, PAYMENT | {"lago_id": "second"}], "6", [GONE]),
        ({}, [], "6", [("cn:refund", "not_delivered", *GONE[2:])]),
        ({}, [PAYMENT | {"invoice_ids": ["i", "j"]}], "6", [("cn:refund", "not_delivered", *GONE[2:])]),
    ],
)
def test_a_refund_of_lago_goes_back_to_the_payment_of_its_invoice(landing, said, payments, amount, expected):
    landed(landing, invoices=[INVOICE], payments=payments, credit_notes=[NOTE | said])
    assert landing.rows("select refunded_amount from raw.credit_notes") == [(amount,)]
    fields = "reversal_id, payment_id, amount, occurred_at"
    assert landing.rows(f"select {fields} from raw.reversals") == expected


@pytest.mark.parametrize(
    ("fields", "values", "expected"),
    [
        ("", "", []),
        (",refund_status,refund_amount_cents", ",succeeded,600", [("cn:refund", "not_delivered", *GONE[2:])]),
    ],
)
def test_a_table_of_credit_notes_of_lago_may_lack_their_refunds(landing, fields, values, expected):
    landing.source("own", "lago")
    landing.put(
        "own",
        "credit_notes.csv",
        "lago_id,lago_invoice_id,external_customer_id,issuing_date,currency,credit_status,"
        f"sub_total_excluding_taxes_amount_cents,taxes_amount_cents{fields}\n"
        f"cn,i,c,2025-04-01,EUR,available,500,100{values}\n",
    )
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select reversal_id, payment_id, amount, occurred_at from raw.reversals") == expected


def test_payments_of_lago_pay_their_invoices(landing):
    """By hand on its own day, one that failed with the provider's word, and a request for two invoices."""
    invoices = [
        INVOICE | {"lago_id": name, "total_paid_amount_cents": paid, "total_due_amount_cents": 7000 - paid}
        for name, paid in (("i", 4000), ("j", 7000), ("k", 7000))
    ]
    payments = [
        PAYMENT,
        PAYMENT | {"lago_id": "by_hand", "type": "manual", "paid_at": "2025-03-04"},
        PAYMENT | {"lago_id": "failed", "payment_status": "failed", "status": "card_declined"},
        PAYMENT | {"lago_id": "waits", "payment_status": "processing"},
        PAYMENT | {"lago_id": "both", "payable_type": "PaymentRequest", "invoice_ids": ["j", "k"],
                   "amount_cents": 14000},
        PAYMENT | {"lago_id": "neither", "payable_type": "PaymentRequest", "invoice_ids": ["j", "k"],
                   "amount_cents": 14000, "payment_status": "failed"},
    ]  # fmt: skip
    landed(landing, invoices=invoices, payments=payments)
    fields = "payment_id, amount, outcome, attempted_at, failure_code"
    assert landing.rows(f"select {fields} from raw.payments order by 1") == [
        ("both", "140", "succeeded", "2025-03-02 08:00:00", None),
        ("by_hand", "40", "succeeded", "2025-03-04 00:00:00", None),
        ("failed", "40", "failed", "2025-03-02 08:00:00", "card_declined"),
        ("neither", "140", "failed", "2025-03-02 08:00:00", "succeeded"),
        ("p", "40", "succeeded", "2025-03-02 08:00:00", None),
        ("waits", "40", "pending", "2025-03-02 08:00:00", None),
    ]
    applied = landing.rows(
        "select payment_id, invoice_id, amount_applied from raw.invoice_payments order by all"
    )
    assert applied == [
        ("both", "j", "70"), ("both", "k", "70"), ("by_hand", "i", "40"), ("failed", "i", "0"),
        ("neither", "j", "0"), ("neither", "k", "0"), ("p", "i", "40"), ("waits", "i", "0"),
    ]  # fmt: skip


def test_payments_of_lago_as_a_table(landing):
    landing.source("own", "lago")
    landing.put(
        "own",
        "payments.csv",
        "lago_id,external_customer_id,invoice_ids,amount_cents,amount_currency,payment_status,status,created_at\n"
        'p,c,"[""i""]",4000,EUR,succeeded,succeeded,2025-03-02T08:00:00Z\n',
    )
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select invoice_id, amount_applied from raw.invoice_payments") == [("i", "40")]


FEE = {
    "lago_id": "f1", "lago_invoice_id": None, "lago_subscription_id": "s", "external_customer_id": "c",
    "item": {"type": "charge"}, "pay_in_advance": True, "invoiceable": False, "amount_cents": 1000,
    "amount_currency": "EUR", "taxes_amount_cents": 200, "total_amount_cents": 1200, "units": "1.0",
    "payment_status": "pending", "created_at": START, "succeeded_at": None, "refunded_at": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "bill", "paid"),
    [
        ({}, "open", []),
        ({"payment_status": "failed"}, "open", []),
        ({"payment_status": "succeeded", "succeeded_at": START}, "paid", [("payment", "12")]),
        (
            {"payment_status": "refunded", "succeeded_at": START, "refunded_at": START},
            "paid",
            [("payment", "12"), ("refund", "12")],
        ),
        # It was put on an invoice in the end, or will be: the former stays, as a draft, so that none goes.
        ({"lago_invoice_id": "i"}, "draft", []),
        ({"invoiceable": True}, None, []),
    ],
)
def test_a_fee_of_lago_that_no_invoice_has_is_one(landing, said, bill, paid):
    landed(landing, fees=[FEE | said])
    assert landing.rows("select invoice_id, status, total, tax_total from raw.invoices") == (
        [("fee:f1", bill, "12", "2")] if bill else []
    )
    found = landing.rows(
        "select kind, amount_ex_tax, service_end_at from raw.invoice_lines where invoice_id = 'fee:f1'"
    )
    assert found == ([("usage", "10", None)] if bill in ("open", "paid") else [])
    assert (
        landing.rows(
            "select 'payment', amount from raw.payments join raw.invoice_payments using (payment_id)"
            " union all select kind, amount from raw.reversals order by 1"
        )
        == paid
    )
