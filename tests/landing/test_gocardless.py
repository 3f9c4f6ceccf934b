"""GoCardless: pages of its API and tables of its objects, as they land."""

import json

import pytest

PAYMENT = {
    "id": "PM1",
    "amount": 12000,
    "currency": "EUR",
    "status": "paid_out",
    "created_at": "2025-02-01T10:00:00.000Z",
    "charge_date": "2025-02-05",
    "amount_refunded": 0,
    "metadata": {},
    "links": {"mandate": "MD1", "creditor": "CR1", "payout": "PO1"},
}
SUBSCRIPTION = {
    "id": "SB1",
    "amount": 12000,
    "currency": "EUR",
    "status": "active",
    "name": "Team",
    "created_at": "2025-01-01T10:00:00.000Z",
    "start_date": "2025-01-10",
    "end_date": None,
    "interval": 3,
    "interval_unit": "monthly",
    "day_of_month": None,
    "count": None,
    "parent_plan_paused": False,
    "earliest_charge_date_after_resume": None,
    "metadata": {},
    "links": {"mandate": "MD1"},
}
MANDATE = {"id": "MD1", "status": "active", "metadata": {}, "links": {"customer": "CU1", "creditor": "CR1"}}


def page(key, *records, after=None):
    return (
        json.dumps({key: records, "meta": {"cursors": {"before": None, "after": after}, "limit": 50}}) + "\n"
    )


def landed(landing, day="2025-06-30", **objects):
    if not landing.sources:
        landing.source("own", "gocardless")
    for name, records in objects.items():
        landing.put("own", f"{day}/{name}.json", page(name, *records))
    landing.run()
    assert landing.rows("select code, column_name, message from audit.rejects") == []


def test_a_payment_is_its_mandates_customers(landing):
    landed(landing, payments=[PAYMENT], mandates=[MANDATE], subscriptions=[SUBSCRIPTION])
    assert landing.rows("select customer_id, amount, outcome, settled_at from raw.payments") == [
        ("CU1", "120", "succeeded", "2025-02-05 00:00:00")
    ]
    assert landing.rows("select customer_id from raw.subscriptions") == [("CU1",)]


def test_a_payment_of_an_export_without_mandates_names_its_customer_itself(landing):
    landing.source("own", "gocardless")
    landing.put(
        "own",
        "payments.csv",
        "id,amount,currency,status,created_at,charge_date,links.customer,metadata.invoice_id\n"
        "PM1,500,GBP,failed,2025-02-01T10:00:00.000Z,2025-02-05,CU9,in_1\n",
    )
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select customer_id, outcome from raw.payments") == [("CU9", "failed")]
    assert landing.rows("select invoice_id, amount_applied from raw.invoice_payments") == [("in_1", "0")]


def test_a_page_that_another_follows_is_refused(landing):
    landing.source("own", "gocardless")
    landing.put("own", "2025-06-30/payments.json", page("payments", PAYMENT, after="PM1"))
    landing.run()
    assert landing.rows("select distinct code from audit.rejects") == [("F14",)]


def test_a_debit_with_its_taxes_has_no_net_price(landing):
    landed(landing, subscriptions=[SUBSCRIPTION], mandates=[MANDATE])
    assert landing.rows("select unread_terms from raw.subscription_items") == [("tax in the amount",)]


def test_a_net_amount_is_the_price(landing):
    landed(landing, subscriptions=[SUBSCRIPTION | {"metadata": {"net_amount": "10000"}}], mandates=[MANDATE])
    fields = "unit_amount, currency, interval_unit, interval_count, unread_terms"
    assert landing.rows(f"select {fields} from raw.subscription_items") == [
        ("100", "EUR", "month", "3", None)
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("active", None, None)),
        ({"end_date": "2025-12-10"}, ("active", "2025-12-10 00:00:00", None)),
        ({"status": "paused"}, ("paused", None, None)),
        ({"parent_plan_paused": True}, ("paused", None, None)),
        ({"status": "finished", "end_date": "2025-05-10"}, ("ended", None, "2025-05-10 00:00:00")),
        ({"status": "cancelled", "end_date": "2025-12-10"}, ("ended", None, None)),
        ({"status": "customer_approval_denied"}, ("incomplete", None, None)),
    ],
)
def test_the_status_of_a_subscription(landing, more, expected):
    landed(landing, subscriptions=[SUBSCRIPTION | more], mandates=[MANDATE])
    assert landing.rows("select status, ends_at, ended_at from raw.subscriptions") == [expected]


def test_a_refund_counts_once_it_was_sent(landing):
    refund = {"amount": 500, "currency": "EUR", "created_at": "2025-03-01T10:00:00.000Z", "metadata": {}}
    refunds = [
        refund | {"id": f"RF{index}", "status": status, "links": {"payment": "PM1"}}
        for index, status in enumerate(["paid", "submitted", "bounced", "cancelled", "funds_returned"])
    ]
    refunds.append(refund | {"id": "RF9", "status": "paid", "links": {"mandate": "MD1"}})
    landed(landing, refunds=refunds)
    found = landing.rows("select reversal_id, status from raw.reversals order by 1")
    assert [status for _, status in found] == ["succeeded", "succeeded", "failed", "canceled", "failed"]


EXPORTED = "2025-02-01T10:00:00.000Z,2025-02-05"
CUSTOMER = "CU1,2025-01-01T00:00:00.000Z,ap@acme.test,Ann,Bee,Acme"
COLUMNS = ",".join(
    f"customers.{name}" for name in ("id", "created_at", "email", "given_name", "family_name", "company_name")
)


def test_the_dashboards_amounts_are_major_units(landing):
    """49 of the dashboard are 49.00, 4900 of the API too."""
    landing.source("own", "gocardless")
    head = "id,created_at,charge_date,amount,currency,status,amount_refunded"
    landing.put(
        "own",
        "payments_dashboard.csv",
        f"{head},transaction_fee,links.mandate,links.customer,metadata.invoice_id,{COLUMNS}\n"
        f"PM1,{EXPORTED},49,EUR,paid_out,10.50,0.49,MD1,,in_1,{CUSTOMER}\n"
        f"PM2,{EXPORTED},49.5,EUR,failed,0,,MD1,,in_2,{CUSTOMER}\n",
    )
    landing.put(
        "own",
        "payments_api.csv",
        f"{head},links.customer,metadata.invoice_id\nPM3,{EXPORTED},4900,EUR,paid_out,1050,CU1,in_3\n",
    )
    landing.put(
        "own",
        "refunds.csv",
        f"id,created_at,amount,currency,status,links.payment,{COLUMNS}\n"
        f"RF1,2025-03-01T10:00:00.000Z,10.5,EUR,paid,PM1,{CUSTOMER}\n",
    )
    landing.put(
        "own",
        "subscriptions.csv",
        "id,created_at,amount,currency,status,name,start_date,end_date,interval,interval_unit,"
        f"metadata.net_amount,links.mandate,{COLUMNS}\n"
        f"SB1,2025-01-01T00:00:00.000Z,60,EUR,active,Team,2025-01-10,,1,monthly,50,MD1,{CUSTOMER}\n",
    )
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    fields = "payment_id, customer_id, amount, fee, refunded_amount"
    assert landing.rows(f"select {fields} from raw.payments order by 1") == [
        ("PM1", "CU1", "49", "0.49", "10.5"),
        ("PM2", "CU1", "49.5", None, "0"),
        ("PM3", "CU1", "49", None, "10.5"),
    ]
    applied = landing.rows("select invoice_id, amount_applied from raw.invoice_payments order by 1")
    assert applied == [("in_1", "49"), ("in_2", "0"), ("in_3", "49")]
    assert landing.rows("select payment_id, amount from raw.reversals") == [("PM1", "10.5")]
    assert landing.rows("select unit_amount, unread_terms from raw.subscription_items") == [("50", None)]
    assert landing.rows("select customer_id from raw.subscriptions") == [("CU1",)]


def test_a_debit_that_failed_late_has_paid_nothing(landing):
    """First confirmed, then failed; and paid out, then charged back."""
    paid = PAYMENT | {"metadata": {"invoice_id": "in_1"}}
    other = paid | {"id": "PM2"}
    landed(landing, "2025-06-10", payments=[paid | {"status": "confirmed"}, other])
    landed(
        landing,
        "2025-06-30",
        payments=[paid | {"status": "failed"}, other | {"status": "charged_back"}],
    )
    found = landing.rows(
        "select payment_id, arg_max(p.outcome, p._extracted_at), arg_max(a.amount_applied, a._extracted_at)"
        " from raw.payments as p join raw.invoice_payments as a using (payment_id) group by 1 order by 1"
    )
    assert found == [("PM1", "failed", "0"), ("PM2", "charged_back", "120")]
