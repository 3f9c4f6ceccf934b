"""Each dialect tells the truth of that night: nothing from the future, and all that had changed."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest

from oracle.changes import change_rows, item_changes
from oracle.dialects.chargebee import Chargebee
from oracle.dialects.gocardless import GoCardless
from oracle.dialects.koban import Koban, vat_number
from oracle.dialects.salesforce import Salesforce
from oracle.dialects.sigma import Sigma
from oracle.inputs import Policies, read_inputs
from oracle.ledger import Oracle
from orchestration.synthetic.clock import utc
from orchestration.synthetic.dialects.ads import AdSpend
from orchestration.synthetic.dialects.french import amount
from orchestration.synthetic.dialects.hubspot import HubSpot, HubSpotExport
from orchestration.synthetic.dialects.stripe import Stripe
from orchestration.synthetic.dialects.surveys import Delighted
from orchestration.synthetic.events import Kind
from orchestration.synthetic.nights import Archive, nightly

NIGHTS = nightly(date(2025, 3, 1), date(2025, 3, 31))
DIALECTS = [
    Stripe(), Stripe(legacy=True), Chargebee(), GoCardless(), HubSpot(), HubSpotExport("Europe/Paris"),
    Salesforce(),
    Koban(), Delighted(), AdSpend(), AdSpend(meta=True),
]  # fmt: skip


@pytest.fixture(scope="module")
def events(small):
    return [event for events in small.lives() for event in events]


def lines(content: bytes):
    return [json.loads(line) for line in content.decode().splitlines()]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: type(d).__name__ + str(getattr(d, "legacy", "")))
def test_every_night_can_be_written_and_repeats_itself(dialect, events):
    def month():
        return [
            dialect.delta(night) if number else dialect.snapshot(night)
            for number, night in enumerate(Archive(events).nights(NIGHTS))
        ]

    first = month()
    assert first == month()
    assert first[0] and any(files for files in first[1:])


def test_a_cancellation_is_not_known_before_its_night(events):
    asked = next(e for e in events if e.kind is Kind.CANCEL_REQUESTED and e.table == "subscriptions"
                 and utc(2025, 1, 5) < e.at < utc(2025, 6, 20))  # fmt: skip
    day = asked.at.date()
    seen = []
    for night in Archive(events).nights(nightly(day - timedelta(days=1), day)):
        records = lines(Stripe().snapshot(night)["subscriptions.jsonl"])
        (record,) = [r for r in records if r["id"] == asked.key[0]]
        seen.append((record["cancel_at_period_end"], record["canceled_at"]))
    assert seen == [(False, None), (True, int(asked.at.timestamp()))]


@pytest.mark.parametrize("legacy", [False, True])
def test_no_instant_of_the_past_lies_after_the_night(events, legacy):
    past = {"created", "start_date", "canceled_at", "ended_at", "trial_start", "paid_at", "finalized_at"}

    def check(value, limit, name=""):
        if isinstance(value, dict):
            for key, inner in value.items():
                check(inner, limit, key)
        elif isinstance(value, list):
            for inner in value:
                check(inner, limit, name)
        elif name in past and value is not None:
            assert value <= limit, name

    for night in Archive(events).nights(NIGHTS[::10]):
        for content in Stripe(legacy=legacy).snapshot(night).values():
            for record in lines(content):
                check(record, night.at.timestamp())


def test_deltas_add_up_to_the_snapshot(events):
    """The last word of the nightly deltas on each subscription is what the final snapshot says."""
    latest = {}
    for number, night in enumerate(Archive(events).nights(NIGHTS)):
        stripe = Stripe(objects=frozenset({"subscriptions"}))
        files = stripe.delta(night) if number else stripe.snapshot(night)
        for content in files.values():
            latest |= {record["id"]: record for record in lines(content)}
    final = {r["id"]: r for r in lines(stripe.snapshot(night)["subscriptions.jsonl"])}
    for record in [*latest.values(), *final.values()]:
        # The period moves with each invoice, which alone is no change of the subscription.
        for item in record["items"]["data"]:
            del item["current_period_start"], item["current_period_end"]
    assert latest == final


def test_the_two_stripe_shapes_differ_where_the_api_did(events):
    (night,) = Archive(events).nights(NIGHTS[-1:])
    new, old = Stripe().snapshot(night), Stripe(legacy=True).snapshot(night)
    invoice, before = lines(new["invoices.jsonl"])[-1], lines(old["invoices.jsonl"])[-1]
    assert "subscription" not in invoice and "subscription" in before
    assert invoice["parent"]["subscription_details"]["subscription"] == before["subscription"]
    assert "invoice" not in lines(new["charges.jsonl"])[0] and "invoice" in lines(old["charges.jsonl"])[0]
    assert "invoice_payments.jsonl" in new and "invoice_payments.jsonl" not in old
    assert "current_period_end" in lines(old["subscriptions.jsonl"])[0]


def test_sigma_sums_to_the_oracles_mrr(small, small_tables, events):
    inputs = read_inputs(small_tables)
    changes = item_changes(inputs, Policies(), small.end)
    (night,) = Archive(events).nights([small.end])
    content = Sigma(changes).snapshot(night)["subscription_item_change_events.csv"].decode()
    total = sum(
        int(row["mrr_change"]) for row in csv.DictReader(io.StringIO(content)) if row["currency"] == "eur"
    )
    oracle = Oracle(inputs, Policies(reporting_currency="EUR"), small.end)
    expected = sum(days[-1].native.get("EUR", 0) for days in oracle.days.values())
    # A state is rounded to the cent in the export: half a cent per standing item at most.
    assert abs(total / 100 - float(expected)) <= 0.005 * len(inputs.items)
    assert total > 0


def test_change_rows_sum_to_the_oracles_mrr_exactly(small, small_tables):
    inputs = read_inputs(small_tables)
    rows = change_rows(item_changes(inputs, Policies(), small.end))
    oracle = Oracle(inputs, Policies(), small.end)
    for customer, days in oracle.days.items():
        total = {}
        for row in rows:
            if row["customer_id"] == customer:
                total[row["currency"]] = total.get(row["currency"], 0) + row["mrr_delta"]
        assert {c: v for c, v in total.items() if v} == dict(days[-1].native)


def test_a_direct_debit_is_taken_back_on_a_later_night(events):
    back = next(e for e in events if e.kind is Kind.SEPA_REVERSED and e.table == "payments")
    day = back.at.date()
    states = []
    for night in Archive(events).nights(nightly(day - timedelta(days=1), day)):
        rows = csv.DictReader(io.StringIO(GoCardless().snapshot(night)["payments.csv"].decode()))
        states.append(next(row["status"] for row in rows if row["id"] == f"PM{str(back.key[0])[3:]}"))
    assert states == ["paid_out", "charged_back"] or states == ["confirmed", "charged_back"]


def test_yesterdays_ad_spend_is_restated(events):
    (first, second) = Archive(events).nights([utc(2025, 3, 2), utc(2025, 3, 4)])
    assert first is not second
    nights = Archive(events).nights([utc(2025, 3, 3), utc(2025, 3, 5)])
    costs = []
    for night in nights:
        rows = csv.DictReader(io.StringIO(AdSpend().delta(night)["google_ads_campaign_daily.csv"].decode()))
        costs.append({(r["date"], r["campaign_id"]): int(r["cost_micros"]) for r in rows})
    young = [key for key in costs[0] if key[0] == max(day for day, _ in costs[0])]
    assert young and all(costs[0][key] < costs[1][key] for key in young if costs[1][key])


def test_chargebee_says_past_due_by_a_date_alone(events):
    dunned = next(e for e in events if e.kind is Kind.PAST_DUE and e.table == "subscriptions"
                  and e.at > datetime(2024, 1, 1, tzinfo=UTC))  # fmt: skip
    (night,) = Archive(events).nights(nightly(dunned.at.date(), dunned.at.date()))
    records = [r["subscription"] for r in lines(Chargebee().snapshot(night)["subscriptions.jsonl"])]
    (record,) = [r for r in records if r["id"] == dunned.key[0]]
    assert record["status"] in ("active", "non_renewing") and record["due_since"]


def test_french_money_and_vat_numbers():
    from decimal import Decimal

    assert amount(Decimal("1249"), "EUR") == "1\u00a0249,00"
    assert vat_number("552081317") == "FR03552081317"
