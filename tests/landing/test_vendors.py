"""Shipped mappings without a sample extract: a few lines in each vendor's shape, and their rows."""

import json

import pytest

CHARGEBEE = {
    "subscription": {
        "id": "s1",
        "customer_id": "c1",
        "status": "cancelled",
        "currency_code": "EUR",
        "created_at": 1736899200,
        "started_at": 1736899200,
        "cancelled_at": 1739577600,
        "billing_period": 1,
        "billing_period_unit": "month",
        "subscription_items": [
            {"item_price_id": "pro", "item_type": "plan", "quantity": 2, "unit_price": 4900}
        ],
    }
}
DUE = {
    "id": "s2",
    "customer_id": "c2",
    "status": "active",
    "due_since": 1739577600,
    "currency_code": "JPY",
    "created_at": 1736899200,
    "started_at": 1736899200,
    "billing_period": 1,
    "billing_period_unit": "year",
    "subscription_items": [{"item_price_id": "pro", "item_type": "plan", "quantity": 1, "unit_price": 900}],
}
CALLS = {
    "item_price_id": "calls", "item_type": "addon", "pricing_model": "per_unit", "quantity": 1,
    "unit_price": 0, "unit_price_in_decimal": "0.0045", "quantity_in_decimal": "1200.5",
}  # fmt: skip
SEATS = {"item_price_id": "seats", "item_type": "plan", "pricing_model": "stairstep", "quantity": 7}
PACKS = {"item_price_id": "packs", "item_type": "addon", "pricing_model": "package", "quantity": 3}
DECIMALS = DUE | {
    "currency_code": "EUR",
    "subscription_items": [CALLS, SEATS | {"amount": 9900}, PACKS | {"amount": 1500}],
}
CHARGE = {
    "id": "ch_1", "customer": "cus_1", "amount": 4900, "currency": "eur", "status": "succeeded",
    "created": 1736899200, "payment_method_details": {"type": "card"},
    "balance_transaction": {"fee": 171, "currency": "eur", "exchange_rate": None},
}  # fmt: skip
ABROAD = CHARGE | {
    "id": "ch_2",
    "balance_transaction": {"fee": 160, "currency": "gbp", "exchange_rate": 0.83},
}
CARD = CHARGE | {
    "payment_method": {"id": "pm_1", "object": "payment_method"},
    "payment_method_details": {"type": "card", "card": {"exp_month": 3, "exp_year": 2027, "last4": "4242"}},
}
DEBIT = CHARGE | {"id": "ch_2", "payment_method": "pm_2", "payment_method_details": {"type": "sepa_debit"}}
COMPANY = {"id": "1", "createdAt": "2025-01-15T00:00:00Z", "properties": {"name": "One"}}
SURVIVOR = {"id": "2", "createdAt": "2025-01-15T00:00:00Z"} | {
    "properties": {"name": "Two", "hs_merged_object_ids": "1;31; 32;"}
}
CASES = {
    "Chargebee: decimal prices in the major unit, steps and packages as a whole": (
        "chargebee",
        {"subscriptions.jsonl": json.dumps(DECIMALS) + "\n"},
        {
            "select item_id, unit_amount, quantity, billing_scheme from raw.subscription_items order by 1": [
                ("calls", "0.0045", "1200.5", "per_unit"),
                ("packs", "15", "3", "flat"),
                ("seats", "99", "7", "flat"),
            ]
        },
    ),
    "Stripe: a fee in the payment's currency, none in another": (
        "stripe",
        {"charges.jsonl": json.dumps(CHARGE) + "\n" + json.dumps(ABROAD) + "\n"},
        {"select payment_id, fee from raw.payments order by 1": [("ch_1", "1.71"), ("ch_2", None)]},
    ),
    "Stripe: a card says when it expires, and nothing else is read of it": (
        "stripe",
        {"charges.jsonl": json.dumps(CARD) + "\n" + json.dumps(DEBIT) + "\n"},
        {
            "select payment_id, payment_method_id, card_expires_on from raw.payments order by 1": [
                ("ch_1", "pm_1", "2027-03-01"),
                ("ch_2", "pm_2", None),
            ],
            "select count(*) from raw.payments where cast(payments as varchar) like '%4242%'": [(0,)],
        },
    ),
    "HubSpot: the survivor lists whom it swallowed": (
        "hubspot",
        {"companies.jsonl": json.dumps(COMPANY) + "\n" + json.dumps(SURVIVOR) + "\n"},
        {
            "select object, merged_id, survivor_id, merged_at, _line from raw.crm_merges order by 2": [
                ("account", "1", "2", None, 2),
                ("account", "31", "2", None, 2),
                ("account", "32", "2", None, 2),
            ]
        },
    ),
    "Chargebee: no reason is a wish, due_since is past due": (
        "chargebee",
        {"subscriptions.jsonl": json.dumps(CHARGEBEE) + "\n" + json.dumps(DUE) + "\n"},
        {
            "select subscription_id, status, end_reason, ended_at from raw.subscriptions order by 1": [
                ("s1", "ended", "voluntary", "2025-02-15 00:00:00"),
                ("s2", "past_due", None, None),
            ],
            "select subscription_id, unit_amount, quantity, interval_unit, valid_to from "
            "raw.subscription_items order by 1": [
                ("s1", "49", "2", "month", "2025-02-15 00:00:00"),
                ("s2", "900", "1", "year", None),
            ],
        },
    ),
    "Salesforce: won, lost, deleted": (
        "salesforce",
        {
            "Opportunity.csv": "Id,AccountId,Name,StageName,IsClosed,IsWon,IsDeleted,"
            "Amount,CurrencyIsoCode,CreatedDate,CloseDate\n"
            "o1,a1,One,Closed Won,true,true,false,100.50,EUR,2025-01-02T10:00:00.000+0000,2025-02-01\n"
            "o2,a1,Two,Closed Lost,true,false,false,,EUR,2025-01-02T10:00:00.000+0000,2025-02-02\n"
            "o3,a1,Three,Negotiation,false,false,true,5,EUR,2025-01-02T10:00:00.000+0000,2025-02-03\n"
        },
        {
            "select deal_id, outcome, won_at, lost_at, _is_deleted from raw.crm_deals order by 1": [
                ("o1", "won", "2025-02-01 00:00:00", None, False),
                ("o2", "lost", None, "2025-02-02 00:00:00", False),
                ("o3", "open", None, None, True),
            ]
        },
    ),
    "Sigma: changes of MRR in minor units": (
        "stripe_sigma",
        {
            "subscription_item_change_events.csv": "event_timestamp,event_type,currency,customer_id,"
            "mrr_change,price_id,product_id,"
            "quantity_change,subscription_id,subscription_item_id\n"
            "2025-01-15 00:00:00.000,ACTIVE_START,eur,c1,4900,p,q,1,s1,si1\n"
        },
        {
            "select change_id, mrr_delta, occurred_at, kind from raw.subscription_changes": [
                (
                    "si1:2025-01-15 00:00:00.000:ACTIVE_START:eur:4900",
                    "49",
                    "2025-01-15 00:00:00",
                    "ACTIVE_START",
                )
            ]
        },
    ),
    "Dashboard: payments in major units": (
        "stripe_dashboard",
        {
            "payments.csv": "id,Created date (UTC),Amount,Currency,Status,Payment Source Type,Customer ID\n"
            'ch_1,2025-01-15 10:00:00,"1,249.50",eur,Paid,card,cus_1\n'
            "ch_2,2025-01-15 11:00:00,5.00,eur,Failed,card,cus_1\n"
        },
        {
            "select payment_id, amount, outcome, attempted_at from raw.payments order by 1": [
                ("ch_1", "1249.5", "succeeded", "2025-01-15 10:00:00"),
                ("ch_2", "5", "failed", "2025-01-15 11:00:00"),
            ]
        },
    ),
    "Meta Ads": (
        "meta_ads",
        {
            "meta_ads.csv": "date_start,account_id,campaign_id,campaign_name,"
            "spend,account_currency,clicks,impressions\n"
            "2025-06-01,1,2,Brand,12.34,EUR,3,400\n"
        },
        {
            "select spend_on, amount, channel, clicks from raw.ad_spend": [
                ("2025-06-01", "12.34", "meta_ads", "3")
            ]
        },
    ),
    "Typeform": (
        "typeform",
        {
            "typeform.csv": "#,How likely are you to recommend us to a friend or colleague?,"
            "Why?,email,Submit Date (UTC),Network ID\n"
            "t1,10,Good,Zoe@Acme.fr,2025-06-10 08:00:00,n1\nt2,0,,,2025-06-11 08:00:00,n2\n"
        },
        {
            "select response_id, score, respondent, responded_at from raw.survey_responses order by 1": [
                ("t1", "10", "zoe@acme.fr", "2025-06-10 08:00:00"),
                ("t2", "0", None, "2025-06-11 08:00:00"),
            ]
        },
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_vendors_shape_gives_canonical_rows(landing, case):
    mapping, files, expected = CASES[case]
    landing.source("vendor", mapping)
    for name, content in files.items():
        landing.put("vendor", name, content)
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    for sql, rows in expected.items():
        assert landing.rows(sql) == rows


def test_a_step_without_its_amount_is_refused(landing):
    landing.source("vendor", "chargebee")
    landing.put("vendor", "subscriptions.jsonl", json.dumps(DUE | {"subscription_items": [SEATS]}) + "\n")
    landing.run()
    ((code, message),) = landing.rows("select code, message from audit.rejects")
    assert code == "path_in_no_record"
    assert "no record has `amount`, which unit_amount of subscription_items is read from" in message


def test_a_delta_takes_one_kind_of_item_and_keeps_the_other(landing):
    """Chargebee's items are read by several entries; each alone would bury what the others read."""
    landing.source("vendor", "chargebee")
    landing.put("vendor", "2025-01-01/subscriptions.jsonl", json.dumps(DECIMALS) + "\n")
    landing.run("2025-01-01")
    left = DECIMALS | {"subscription_items": [CALLS, SEATS | {"amount": 9900}]}
    landing.put("vendor", "2025-01-02/subscriptions.delta.jsonl", json.dumps(left) + "\n")
    landing.run("2025-01-02")
    assert landing.rows(
        "select item_id, _is_deleted from raw.subscription_items "
        "where _extracted_at = '2025-01-02' order by 1"
    ) == [("calls", False), ("packs", True), ("seats", False)]


def person(number, sent, email="ann@x.example"):
    return {"id": str(number), "email": email, "last_sent_at": sent, "last_responded_at": None}


def test_the_people_of_delighted_tell_one_invitation_with_each_delivery(landing):
    landing.source("survey", "delighted")
    for day, people in {
        "2025-03-31": [person(1, 1740830400), person(2, None, "bob@x.example")],
        "2025-06-30": [person(1, 1748779200), person(2, 1748779200, "Bob@x.example")],
        "2025-07-01": [person(1, 1748779200), person(2, 1748779200, "Bob@x.example")],
    }.items():
        landing.put("survey", f"{day}/people.json", json.dumps(people))
        landing.run(f"{day}T12:00:00")
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows(
        "select distinct respondent, sent_at, survey from raw.survey_sends order by 2, 1"
    ) == [
        ("ann@x.example", "2025-03-01 12:00:00", "nps"),
        ("ann@x.example", "2025-06-01 12:00:00", "nps"),
        ("bob@x.example", "2025-06-01 12:00:00", "nps"),
    ]


def test_people_whom_nobody_has_asked_yet_are_no_fault(landing):
    landing.source("survey", "delighted")
    landing.put("survey", "people.jsonl", json.dumps(person(1, None)) + "\n")
    assert [delivery.verdict for delivery in landing.run()] == ["accept"]


def summary(number, ended, item="si_1"):
    return {
        "id": f"sis_{number}", "object": "usage_record_summary", "invoice": None, "livemode": True,
        "period": {"start": None, "end": ended}, "subscription_item": item, "total_usage": 7,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("listed", "used"),
    [
        ([summary(1, None), summary(2, 1748779200)], [("sub_1", "si_1", "2025-06-01 12:00:00", "7")]),
        ([summary(1, None)], []),
    ],
)
def test_the_usage_of_a_finished_period_belongs_to_the_subscription_of_its_item(landing, listed, used):
    item = {
        "id": "si_1", "object": "subscription_item", "created": 1735689600,
        "price": {
            "id": "p", "currency": "eur", "unit_amount": 1, "product": "calls", "billing_scheme": "per_unit",
            "recurring": {"interval": "month", "interval_count": 1, "usage_type": "metered"},
        },
    }  # fmt: skip
    subscription = {
        "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active", "currency": "eur",
        "created": 1735689600, "start_date": 1735689600, "livemode": True,
        "items": {"object": "list", "data": [item], "has_more": False},
    }  # fmt: skip
    landing.source("stripe", "stripe")
    landing.put("stripe", "subscriptions.jsonl", json.dumps(subscription) + "\n")
    page = {"object": "list", "data": listed, "has_more": False}
    landing.put("stripe", "usage_record_summaries.json", json.dumps(page))
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    found = landing.rows("select subscription_id, item_id, used_at, quantity from raw.usage_records")
    assert found == used
