# ruff: noqa: E501 (lines of files stay whole)
"""What vendors tell in places of their own: taxes, pauses, trials, reactivations, companies of a deal; amounts that can't be."""

import json

import pytest


def lines(*records):
    return "\n".join(map(json.dumps, records)) + "\n"


STRIPE = {
    "id": "s", "customer": "c", "status": "active", "currency": "eur", "created": 1735689600, "start_date": 1735689600,
    "default_tax_rates": [], "items": {"data": [{"id": "i", "created": 1735689600, "quantity": 1, "tax_rates": [], "price": {
        "id": "p", "currency": "eur", "unit_amount": 1000, "billing_scheme": "per_unit",
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
    }}], "has_more": False},
}  # fmt: skip
ON_TOP, INSIDE = {"id": "txr_1", "inclusive": False}, {"id": "txr_2", "inclusive": True}


@pytest.mark.parametrize(
    ("rates", "term"),
    [([], None), ([ON_TOP], None), ([INSIDE], "tax in the price"), ([ON_TOP, INSIDE], "tax in the price")],
)
@pytest.mark.parametrize("place", ["subscription", "item"])
def test_one_tax_that_a_stripe_price_holds_is_enough(landing, place, rates, term):
    subscription = json.loads(json.dumps(STRIPE))
    if place == "item":
        subscription["items"]["data"][0]["tax_rates"] = rates
    else:
        subscription["default_tax_rates"] = rates
    landing.source("stripe", "stripe")
    landing.put("stripe", "2025-06-30/subscriptions.jsonl", lines(subscription))
    landing.run()
    assert landing.rows("select unread_terms from raw.subscription_items") == [(term,)]


DLT = {
    "subscription": [{"id": "s", "customer": "c", "status": "active", "currency": "eur", "created": 1735689600, "start_date": 1735689600, "_dlt_id": "r"}],
    "subscription__items__data": [{"id": "i", "subscription": "s", "quantity": 1, "created": 1735689600, "price__id": "p", "price__currency": "eur", "price__unit_amount": 1000, "price__billing_scheme": "per_unit", "price__recurring__interval": "month", "price__recurring__interval_count": 1, "price__recurring__usage_type": "licensed", "_dlt_parent_id": "r", "_dlt_id": "ir"}],
}  # fmt: skip


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize(
    ("table", "parent"),
    [("subscription__default_tax_rates", "r"), ("subscription__items__data__tax_rates", "ir")],
)
def test_a_tax_that_a_price_of_dlt_holds_is_named(landing, table, parent, inclusive):
    rate = {
        "id": "txr",
        "inclusive": inclusive,
        "percentage": 20.0,
        "_dlt_parent_id": parent,
        "_dlt_list_idx": 0,
    }
    landing.source("dlt", "stripe_dlt")
    for name, rows in (DLT | {table: [rate]}).items():
        landing.put("dlt", f"2025-06-30/{name}.jsonl", lines(*rows))
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert landing.rows("select unread_terms from raw.subscription_items") == [
        ("tax in the price" if inclusive else None,)
    ]


CHARGEBEE = {
    "id": "b", "customer_id": "c", "status": "active", "created_at": 1735689600, "started_at": 1735689600, "currency_code": "EUR",
    "billing_period": 1, "billing_period_unit": "month", "subscription_items": [{"item_price_id": "p", "item_type": "plan", "quantity": 1, "unit_price": 1000}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "resumes_at"),
    [
        ({"activated_at": 1743465600}, "2025-04-01 00:00:00"),
        ({"status": "non_renewing", "activated_at": 1743465600}, "2025-04-01 00:00:00"),
        ({"status": "paused", "activated_at": 1735689600}, None),
        ({"status": "paused", "activated_at": 1735689600, "resume_date": 1748736000}, "2025-06-01 00:00:00"),
    ],
)
def test_chargebee_says_when_a_subscription_came_back(landing, more, resumes_at):
    landing.source("chargebee", "chargebee")
    landing.put("chargebee", "2025-04-10/subscriptions.jsonl", lines({"subscription": CHARGEBEE | more}))
    landing.run()
    assert landing.rows("select resumes_at from raw.subscriptions") == [(resumes_at,)]


PADDLE = {
    "id": "ps", "customer_id": "c", "currency_code": "EUR", "created_at": "2025-01-01T00:00:00Z", "started_at": "2025-01-01T00:00:00Z",
    "items": [{"status": "active", "quantity": 1, "recurring": True, "price": {
        "id": "pri", "billing_cycle": {"interval": "month", "frequency": 1}, "unit_price": {"amount": "5000", "currency_code": "EUR"},
    }}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "action", "resume_at", "expected"),
    [
        ("paused", "resume", None, "2025-04-01 00:00:00"),
        ("active", "pause", None, None),
        ("active", "pause", "2025-06-01T00:00:00Z", "2025-06-01 00:00:00"),
        ("active", "cancel", None, None),
    ],
)
def test_a_pause_of_paddle_ends_on_the_day_that_is_planned(landing, status, action, resume_at, expected):
    change = {"action": action, "effective_at": "2025-04-01T00:00:00Z", "resume_at": resume_at}
    landing.source("paddle", "paddle")
    landing.put(
        "paddle",
        "2025-03-10/subscriptions.jsonl",
        lines(PADDLE | {"status": status, "scheduled_change": change}),
    )
    landing.run()
    assert landing.rows("select resumes_at from raw.subscriptions") == [(expected,)]


@pytest.mark.parametrize(
    ("period_end", "status"),
    [("2025-02-20 00:00:00 UTC", "trialing"), ("2025-03-20 00:00:00 UTC", "active"), ("", "active")],
)
def test_a_subscription_of_recurly_whose_period_is_its_trial_is_on_trial(landing, period_end, status):
    landing.source("recurly", "recurly")
    landing.put(
        "recurly",
        "2025-02-10/subscriptions.csv",
        "uuid,account_code,plan_code,state,quantity,currency,unit_amount,created_at,activated_at,plan_interval_unit,plan_interval_length,trial_started_at,trial_ends_at,current_period_ends_at\n"
        "u,a,gold,active,1,EUR,50.00,2025-02-01 00:00:00 UTC,2025-02-01 00:00:00 UTC,months,1,2025-02-01 00:00:00 UTC,2025-02-20 00:00:00 UTC,"
        + period_end
        + "\n",
    )
    landing.run()
    assert landing.rows("select status from raw.subscriptions") == [(status,)]
    assert landing.rows("select status from raw.subscription_items") == [(status,)]


DEAL = {"properties": {"dealstage": "closedwon", "createdate": "2025-02-01T10:00:00Z"}, "archived": False}


def test_companies_that_only_the_associations_endpoint_tells_are_the_deals(landing):
    types = {"associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 341, "label": None}]}
    primary = {
        "associationTypes": [
            *types["associationTypes"],
            {"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"},
        ]
    }
    answer = {
        "results": [
            {"from": {"id": "1"}, "to": [{"toObjectId": 501} | types, {"toObjectId": 502} | primary]},
            {"from": {"id": "2"}, "to": [{"toObjectId": 501} | types]},
        ]
    }
    landing.source("hubspot", "hubspot")
    embedded = {"companies": {"results": [{"toObjectId": 503} | types]}}
    landing.put(
        "hubspot",
        "2025-03-31/deals.jsonl",
        lines(
            *(DEAL | {"id": each} for each in "123"),
            DEAL | {"id": "4", "associations": embedded},
            DEAL | {"id": "5", "companies": ["504", "505"]},
        ),
    )
    landing.put("hubspot", "2025-03-31/deal_companies.json", json.dumps(answer))
    landing.run()
    assert landing.rows("select code, message from audit.rejects") == []
    assert dict(landing.rows("select deal_id, crm_account_id from raw.crm_deals")) == {
        "1": "502", "2": "501", "3": None, "4": "503", "5": "504",
    }  # fmt: skip


def test_a_report_of_meta_that_names_no_account_is_that_of_one(landing):
    landing.source("meta", "meta_ads")
    landing.put("meta", "meta_ads.csv", "Day,Campaign name,Amount spent (EUR)\n2025-06-05,Spring,10.50\n")
    landing.run()
    assert landing.rows("select account_id, campaign_id, amount, currency from raw.ad_spend") == [
        ("meta_ads", "Spring", "10.5", "EUR")
    ]


ITEM = {"subscription_id": "s", "item_id": "i", "valid_from": "2025-01-01", "customer_id": "c", "currency": "EUR", "unit_amount": "10", "quantity": "1", "interval_unit": "month", "interval_count": "1"}  # fmt: skip


@pytest.mark.parametrize(("column", "value"), [("unit_amount", "-20"), ("interval_count", "0")])
def test_an_item_that_can_cost_nothing_so_is_refused_with_its_line(landing, column, value):
    bad = ITEM | {"item_id": "bad", column: value}
    landing.source("bill")
    landing.put(
        "bill",
        "subscription_items.csv",
        "\n".join(",".join(row) for row in (ITEM, ITEM.values(), bad.values())) + "\n",
    )
    landing.run()
    assert landing.rows("select line, column_name, code, value from audit.rejects") == [
        (3, column, "V11", value)
    ]
    assert landing.rows("select * from raw.subscription_items") == []


def test_more_than_all_of_a_price_can_not_be_taken_off(landing):
    landing.source("bill")
    landing.put(
        "bill",
        "discounts.csv",
        "discount_id,subscription_id,percent_off,duration,starts_at\na,s,100,forever,2025-01-01\nb,s,120,forever,2025-01-01\n",
    )
    landing.run()
    assert landing.rows("select line, message from audit.rejects") == [
        (3, "percent_off (from percent_off): '120' must be at least 0 and at most 100.")
    ]


FRENCH = "N° abonnement;Ligne;Code client;Raison sociale;SIREN;E-mail facturation;Offre;Quantité;Prix unitaire HT;Devise;Périodicité;Statut;Date de début;Fin de période d’essai;Date de résiliation;Date de fin;Motif de résiliation"


@pytest.mark.parametrize(
    ("rest", "ended_at"),
    [
        ("Résilié;01/01/2025;;15/03/2025;;", "2025-03-15 00:00:00"),
        ("Résilié;01/01/2025;;15/03/2025;31/03/2025;", "2025-03-31 00:00:00"),
        ("Actif;01/01/2025;;15/03/2025;;", None),
        ("Actif;01/01/2025;;15/03/2025;31/12/2025;", "2025-12-31 00:00:00"),
        ("Résilié;01/01/2025;;;;", None),
    ],
)
def test_a_french_line_that_is_over_ended_when_it_was_given_up(landing, rest, ended_at):
    landing.source("fr", "dotsha_fr")
    row = f"a1;1;c1;S;;x@x.fr;Offre;1;100,00;EUR;Mensuelle;{rest}"
    landing.put("fr", "abonnements_20250310.csv", "\n".join([FRENCH, row]).encode("cp1252"))
    landing.run()
    assert landing.rows("select ended_at from raw.subscriptions") == [(ended_at,)]
    assert landing.rows("select valid_to from raw.subscription_items") == [(ended_at,)]


def test_a_line_of_the_french_export_that_takes_something_off_is_named(landing):
    rows = [
        "a1;1;c1;S;;x@x.fr;Offre;1;100,00;EUR;Mensuelle;Actif;01/01/2025;;;;",
        "a1;2;c1;S;;x@x.fr;Remise;1;-20,00;EUR;Mensuelle;Actif;01/01/2025;;;;",
    ]
    landing.source("fr", "dotsha_fr")
    landing.put("fr", "abonnements_20250310.csv", "\n".join([FRENCH, *rows]).encode("cp1252"))
    landing.run()
    assert landing.rows("select line, column_name, value from audit.rejects") == [
        (3, "unit_amount", "-20,00")
    ]
