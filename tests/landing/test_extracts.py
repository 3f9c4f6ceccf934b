"""One truth in many dialects: what each vendor's files become."""

import json
from pathlib import Path

import pytest

EXTRACTS = Path(__file__).parent.parent / "data" / "extracts"
SHIPPED = {
    "stripe_api_2026": (
        "stripe",
        {"customers": 10, "subscriptions": 11, "subscription_items": 12, "discounts": 0, "commitments": 0},
    ),
    "dotsha_like_fr": ("dotsha_fr", {"customers": 10, "subscriptions": 11, "subscription_items": 12}),
    "koban_like_fr": ("koban_fr", {"crm_accounts": 11, "crm_deals": 3}),
    "hubspot_csv": ("hubspot", {"crm_deals": 3}),
    "gocardless_csv": ("gocardless", {"payments": 3, "invoice_payments": 3}),
    "nps_csv": ("delighted", {"survey_responses": 2}),
    "adspend_csv": ("google_ads", {"ad_spend": 2}),
}


def load(landing, folder, name):
    landing.source(name, SHIPPED[folder][0])
    for file in sorted((EXTRACTS / folder).iterdir()):
        landing.put(name, file.name, file)


def test_every_folder_has_a_shipped_mapping():
    assert {folder.name for folder in EXTRACTS.iterdir()} == set(SHIPPED)


@pytest.mark.parametrize("folder", SHIPPED)
def test_every_extract_loads(landing, folder):
    load(landing, folder, "source")
    deliveries = landing.run()
    assert not any(delivery.refused for delivery in deliveries)
    assert {d.canonical_table: d.rows_accepted for d in deliveries} == SHIPPED[folder][1]


SAME = {
    "customers": "customer_id, email",
    "subscriptions": """
        subscription_id, customer_id, currency, status, started_at, trial_started_at, trial_ended_at,
        cancel_requested_at, ended_at, end_reason""",
    "subscription_items": """
        subscription_id, valid_from, valid_to, customer_id, status, plan_name, currency, unit_amount,
        quantity, billing_scheme, usage_type, interval_unit, interval_count""",
}


@pytest.mark.parametrize("table", SAME)
def test_stripe_and_the_french_file_are_equal_row_by_row(landing, table):
    load(landing, "stripe_api_2026", "stripe")
    load(landing, "dotsha_like_fr", "french")
    landing.run()
    rows = {
        source: landing.rows(f"select {SAME[table]} from raw.{table} where _source = '{source}' order by all")
        for source in ("stripe", "french")
    }
    assert rows["stripe"] == rows["french"] and len(rows["stripe"]) >= 10


def test_minor_units_follow_the_currency(landing):
    load(landing, "stripe_api_2026", "stripe")
    landing.run()
    found = dict(
        landing.rows(
            "select currency, max(unit_amount) from raw.subscription_items where currency in ('JPY', "
            "'KWD') group by 1"
        )
    )
    assert found == {"JPY": "7500", "KWD": "15.5"}


def test_a_score_of_eleven_is_listed_and_the_others_land(landing):
    load(landing, "nps_csv", "nps")
    (delivery,) = landing.run()
    assert (delivery.verdict, delivery.rows_accepted, delivery.rows_rejected) == ("warn", 2, 1)
    assert landing.rows("select line, column_name, code, value from audit.rejects") == [
        (5, "score", "V11", "11")
    ]


def test_the_crm_outcomes_and_dates(landing):
    load(landing, "koban_like_fr", "koban")
    load(landing, "hubspot_csv", "hubspot")
    landing.run()
    found = landing.rows(
        "select deal_id, outcome, amount, won_at, lost_at, expected_close_on from raw.crm_deals order by 1"
    )
    assert found == [
        ("90001", "won", "1764", "2025-01-14 16:00:00", None, "2025-01-14"),
        ("90002", "open", None, None, None, "2025-07-31"),
        ("90003", "lost", "660", None, "2025-04-28 00:00:00", "2025-04-28"),
        ("OPP-001", "won", "1764", "2025-01-14 00:00:00", None, "2025-01-15"),
        ("OPP-002", "open", "12500.5", None, None, "2025-07-31"),
        ("OPP-003", "lost", "660", None, "2025-04-28 00:00:00", "2025-05-01"),
    ]


def test_micros_are_rounded_to_what_money_can_hold(landing):
    load(landing, "adspend_csv", "ads")
    landing.run()
    assert landing.rows("select amount from raw.ad_spend order by spend_on") == [("12.3457",), ("1",)]


PRICE = {
    "id": "price_1",
    "currency": "eur",
    "unit_amount": 4900,
    "unit_amount_decimal": "4900",
    "billing_scheme": "per_unit",
    "nickname": "Pro",
    "product": "prod_1",
    "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
}
ITEM = {"id": "si_1", "created": 1736899200, "quantity": 2, "price": PRICE}
COUPON = {"id": "c", "percent_off": 20, "duration": "forever"}
DISCOUNT = {"id": "di_1", "subscription": "sub_1", "start": 1736899200, "end": None}
SUBSCRIPTION = {
    "id": "sub_1",
    "customer": "cus_1",
    "status": "active",
    "currency": "eur",
    "created": 1736899200,
    "start_date": 1736899200,
    "livemode": True,
    "items": {"data": [ITEM], "has_more": False},
}
EXPANDED = ITEM | {"price": PRICE | {"product": {"id": "prod_1"}}, "current_period_start": 1}
STRIPE_SHAPES = {
    "2022-11-15": SUBSCRIPTION | {"discount": DISCOUNT | {"coupon": COUPON}, "pause_collection": None},
    "2025 basil": SUBSCRIPTION
    | {"items": {"data": [EXPANDED], "has_more": False}, "discounts": [DISCOUNT | {"coupon": COUPON}]},
    "2026": SUBSCRIPTION
    | {
        "customer": {"id": "cus_1"},
        "discounts": [DISCOUNT | {"source": {"type": "coupon", "coupon": COUPON}}],
    },
}


def test_three_api_shapes_give_the_same_rows(landing):
    for number, shape in enumerate(STRIPE_SHAPES.values()):
        landing.source(f"s{number}", "stripe")
        landing.put(f"s{number}", "subscriptions.jsonl", json.dumps(shape) + "\n")
    assert not any(delivery.refused for delivery in landing.run())
    for table, columns in {
        "subscriptions": "subscription_id, customer_id, status",
        "subscription_items": "subscription_id, item_id, product_id, unit_amount, quantity, currency",
        "discounts": "discount_id, subscription_id, percent_off, duration, starts_at",
    }.items():
        assert len(landing.rows(f"select _source from raw.{table}")) == 3, table
        assert len(landing.rows(f"select distinct {columns} from raw.{table}")) == 1, table


def test_test_mode_and_incomplete_lists_of_stripe(landing):
    line = json.dumps(STRIPE_SHAPES["2026"])
    landing.source("live", "stripe")
    landing.put("live", "subscriptions.jsonl", line.replace('"livemode": true', '"livemode": false') + "\n")
    landing.source("cut", "stripe")
    landing.put("cut", "subscriptions.jsonl", line.replace('"has_more": false', '"has_more": true') + "\n")
    refused = {delivery.source_name for delivery in landing.run() if delivery.refused}
    assert refused == {"cut"}
    assert landing.rows("select count(*) from raw.subscriptions") == [(0,)]
    assert landing.rows("select distinct code from audit.rejects") == [("R01",)]
