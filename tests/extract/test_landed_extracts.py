"""What the extractors write lands without a warning as the company: all of it, then the changes of a week."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import duckdb
import pytest
from landing.truth import Truth, compare
from landing.truth_of_billing import stripe as stripe_truth
from landing.truth_of_growth import hubspot_records
from test_generated_company import _serve, _serve_crm, _state, _tell_changes, _two_nights

from orchestration.landing import land
from orchestration.synthetic.company import simulate
from orchestration.synthetic.dialects.hubspot import HubSpot
from orchestration.synthetic.dialects.stripe import Stripe
from orchestration.synthetic.events import Row
from orchestration.synthetic.nights import Archive, Night


@pytest.fixture(scope="module")
def last_night() -> Night:
    company = simulate("small", 7)
    (night,) = Archive([event for life in company.lives() for event in life]).nights([company.end])
    return night


def landed(bench, mapping: str, as_of: datetime) -> duckdb.DuckDBPyConnection:
    source = SimpleNamespace(name=bench.folder.name, mapping=mapping, options={}, labels={})
    company = SimpleNamespace(
        path=bench.folder.parent / "company.yml",
        extracts=bench.folder.parent,
        reporting_timezone="UTC",
        accepted_drops=frozenset(),
        max_unfolded=1_000_000_000,
        sources=[source],
    )
    connection = duckdb.connect()
    deliveries = land(connection, company, as_of).deliveries
    assert {delivery.verdict for delivery in deliveries} == {"accept"}
    assert any(".delta." in delivery.file for delivery in deliveries)
    return connection


def with_charges_told_before(truth: Truth, before: dict) -> Truth:
    """An invoice payment names its last charge: those it named on the first night stay attempts."""
    told = {p["payment"]["payment_intent"]["latest_charge"] for p in before["invoice_payments"].values()}

    def rows(night: Night) -> list[Row]:
        last = list(truth.rows(night))
        return last + [
            row for row in night.rows("invoice_payments")
            if row not in last and f"ch_{row['payment_id'][3:]}" in told
        ]  # fmt: skip

    return replace(truth, rows=rows)


def test_stripes_extracts_land_as_the_company(stripe, last_night):
    (first, before), (second, after) = [
        (at, {"products": {"prod_team": {"id": "prod_team", "name": "Team"}}, **records})
        for at, records in _two_nights(Stripe(), lambda company: company.customers())
    ]
    stripe.watch.moment = first - timedelta(hours=1)
    _serve(stripe.account, before)
    stripe.extract()
    stripe.watch.moment = second - timedelta(minutes=30)
    _serve(stripe.account, after)
    _tell_changes(stripe.account, before, after, second - timedelta(hours=1))
    stripe.extract()
    truth = stripe_truth(legacy=False)
    truth["invoice_payments"] = with_charges_told_before(truth["invoice_payments"], before)
    with landed(stripe, "stripe", second + timedelta(days=1)) as connection:
        compare(connection, truth, last_night)


def test_hubspots_extracts_land_as_the_company(hubspot, last_night):
    (first, before), (second, after) = _two_nights(
        HubSpot(), lambda company: [*company.customers(), *company.prospects()]
    )
    hubspot.watch.moment = first - timedelta(hours=1)
    _serve_crm(hubspot.account, before)
    hubspot.extract()
    changed_at = second - timedelta(hours=1)
    _serve_crm(hubspot.account, after)
    for name in ("companies", "contacts", "deals"):
        for id_, record in after[name].items():
            if _state(record) != _state(before[name].get(id_)):
                hubspot.account.modified[name, id_] = changed_at
        gone = {"archived": True, "archivedAt": changed_at.isoformat()}
        lost = {id_: record | gone for id_, record in before[name].items() if id_ not in after[name]}
        hubspot.account.objects[name] = after[name] | lost
    hubspot.watch.moment = second - timedelta(minutes=30)
    hubspot.extract()
    with landed(hubspot, "hubspot", second + timedelta(days=1)) as connection:
        compare(connection, hubspot_records(), last_night)
