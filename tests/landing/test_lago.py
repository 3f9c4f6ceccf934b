"""Lago: what its plans, coupons and charges mean where a list does not show everything."""

import json

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
        ({"minimum_commitment": {"amount_cents": 9000}}, "minimum commitment"),
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
    landing.put("own", "wallets.json", json.dumps({"wallets": [], "meta": {"next_page": None}}))
    landing.put("own", "plans.json", json.dumps({"plans": [PLAN], "meta": {"next_page": None}}))
    landing.run()
    assert landing.rows("select code from audit.rejects") == []
