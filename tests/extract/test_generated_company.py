"""The synthetic company behind the APIs: what is extracted is what its billing system and its CRM hold."""

import json
from datetime import timedelta
from pathlib import PurePosixPath
from types import SimpleNamespace

import duckdb
import pytest
from hubspot_account import HubSpotAccount
from stripe_account import StripeAccount

from orchestration.landing.deliveries import land
from orchestration.synthetic.company import simulate
from orchestration.synthetic.dialects.hubspot import HubSpot
from orchestration.synthetic.dialects.stripe import Stripe
from orchestration.synthetic.nights import Archive

_EVENTS = {
    "invoices": "invoice.updated",
    "invoice_payments": "invoice_payment.paid",
    "charges": "charge.updated",
    "refunds": "refund.updated",
    "disputes": "charge.dispute.updated",
    "credit_notes": "credit_note.updated",
}


def _two_nights(dialect, lives):
    """The moments and records (object, id, record) of two nights a week apart."""
    company = simulate("small", 7)
    events = [*company.world(), *(event for life in lives(company) for event in life)]
    nights = []
    for night in Archive(events).nights([company.end - timedelta(days=7), company.end]):
        records = {
            name.removesuffix(".jsonl"): {r["id"]: r for r in map(json.loads, data.splitlines())}
            for name, data in dialect.snapshot(night).items()
        }
        nights.append((night.at, records))
    return nights


@pytest.fixture(scope="module")
def billing_nights():
    return [
        (at, {"products": {}, **records})
        for at, records in _two_nights(Stripe(), lambda company: company.customers())
    ]


@pytest.fixture(scope="module")
def crm_nights():
    return _two_nights(HubSpot(), lambda company: [*company.customers(), *company.prospects()])


def _serve(account: StripeAccount, records) -> None:
    account.page_size = 100
    account.lists = {
        name: sorted(by_id.values(), key=lambda record: record.get("created", 0), reverse=True)
        for name, by_id in records.items()
    }


def _tell_changes(account: StripeAccount, before, after, at) -> None:
    for name, event in _EVENTS.items():
        for id_, record in after[name].items():
            if record != before[name].get(id_):
                account.tell(event, int(at.timestamp()), record)


def _read(bench, file: str):
    path = bench.day / file
    return (
        {record["id"]: _without_addresses(record) for record in bench.records(file)} if path.exists() else {}
    )


def _without_addresses(record):
    """The API says where a nested list lives, the generator's files do not."""
    nested = {
        k: {n: e for n, e in v.items() if n != "url"} for k, v in record.items() if k in ("items", "lines")
    }
    return record | nested


def test_a_snapshot_of_billing_equals_the_company_record_by_record(stripe, billing_nights):
    stripe.watch.moment, records = billing_nights[0]
    _serve(stripe.account, records)
    stripe.extract()
    assert len(records["subscriptions"]) > 200 and len(records["invoices"]) > 1000
    for name, expected in records.items():
        assert _read(stripe, f"{name}.jsonl") == expected


def test_billing_with_the_changes_of_a_week_equals_the_company_a_week_later(stripe, billing_nights):
    (first, before), (second, after) = billing_nights
    stripe.watch.moment = first
    _serve(stripe.account, before)
    stripe.extract()
    held = {name: _read(stripe, f"{name}.jsonl") for name in before}

    _serve(stripe.account, after)
    _tell_changes(stripe.account, before, after, second - timedelta(hours=1))
    stripe.watch.moment = second
    entries = stripe.extract()

    read = sum(entry.records for name, entry in entries.items() if name in _EVENTS)
    assert 0 < read < sum(len(after[name]) for name in _EVENTS) / 10
    for name, expected in after.items():
        if name in _EVENTS:
            assert held[name] | _read(stripe, f"{name}.delta.jsonl") == expected
        else:
            assert _read(stripe, f"{name}.jsonl") == expected


def test_landing_accepts_two_nights_with_the_shipped_mapping(stripe, billing_nights):
    for moment, records in billing_nights:
        stripe.watch.moment = moment - timedelta(hours=1)
        _serve(stripe.account, records)
        _tell_changes(stripe.account, billing_nights[0][1], records, moment - timedelta(hours=2))
        stripe.extract()
    source = SimpleNamespace(name="stripe", mapping="stripe", options={}, labels={})
    company = SimpleNamespace(
        name="Nordsoft",
        path=stripe.folder.parent / "company.yml",
        extracts=stripe.folder.parent,
        reporting_timezone="UTC",
        accepted_drops=frozenset(),
        max_unfolded=1_000_000_000,
        sources=[source],
    )
    with duckdb.connect() as connection:
        landed = land(connection, company, billing_nights[1][0] + timedelta(days=1))
        held = "select count(distinct customer_id) from raw.customers where not _is_deleted"
        assert connection.execute(held).fetchall() == [(len(billing_nights[1][1]["customers"]),)]
    assert {delivery.verdict for delivery in landed.deliveries} == {"accept"}
    assert {PurePosixPath(delivery.file).name for delivery in landed.deliveries} >= {
        "invoices.jsonl",
        "invoices.delta.jsonl",
    }


def _serve_crm(account: HubSpotAccount, records) -> None:
    account.page_size = 100
    account.own_properties = ("billing_customer_id", "reseller", "siren")
    account.owners, account.pipelines = list(records["owners"].values()), list(records["pipelines"].values())
    account.objects = {name: records[name] for name in ("companies", "contacts", "deals")}
    account.links = {
        (name, to): {
            id_: [(each["id"], each["associationTypes"][0]["typeId"]) for each in found["results"]]
            for id_, record in records[name].items()
            for found in [record["associations"][to]]
        }
        for name, to in (("contacts", "companies"), ("deals", "companies"), ("deals", "contacts"))
    }


def test_a_snapshot_of_the_crm_equals_the_company_record_by_record(hubspot, crm_nights):
    hubspot.watch.moment, records = crm_nights[0]
    _serve_crm(hubspot.account, records)
    hubspot.extract()
    assert len(records["contacts"]) > 100 and len(records["deals"]) > 50
    for name, expected in records.items():
        assert _read(hubspot, f"{name}.jsonl") == expected


def test_the_crm_with_the_changes_of_a_week_equals_the_company_a_week_later(hubspot, crm_nights):
    (first, before), (second, after) = crm_nights
    hubspot.watch.moment = first
    _serve_crm(hubspot.account, before)
    hubspot.extract()
    held = {name: _read(hubspot, f"{name}.jsonl") for name in before}

    _serve_crm(hubspot.account, after)
    for name in ("companies", "contacts", "deals"):
        for id_, record in after[name].items():
            if _state(record) != _state(before[name].get(id_)):
                hubspot.account.modified[name, id_] = second - timedelta(hours=1)
        gone = {id_: record for id_, record in before[name].items() if id_ not in after[name]}
        stamp = {"archived": True, "archivedAt": (second - timedelta(hours=1)).isoformat()}
        hubspot.account.objects[name] = after[name] | {id_: record | stamp for id_, record in gone.items()}
    hubspot.watch.moment = second
    hubspot.extract()

    for name in ("companies", "contacts", "deals"):
        now = held[name] | _read(hubspot, f"{name}.delta.jsonl")
        alive = {id_: _state(record) for id_, record in now.items() if not record["archived"]}
        assert alive == {id_: _state(record) for id_, record in after[name].items()}
        assert len(_read(hubspot, f"{name}.delta.jsonl")) < len(after[name]) / 4


def _state(record):
    """The record without the moment of the generator's own writing."""
    return record and {key: value for key, value in record.items() if key != "updatedAt"}
