"""The synthetic company behind the API: what is extracted is what the company's billing system holds."""

import json
from datetime import timedelta

import pytest
from stripe_account import StripeAccount

from orchestration.synthetic.company import simulate
from orchestration.synthetic.dialects.stripe import Stripe
from orchestration.synthetic.nights import Archive

_CHANGED = {
    "customers": "customer.updated",
    "invoices": "invoice.updated",
    "invoice_payments": "invoice_payment.paid",
    "charges": "charge.updated",
    "refunds": "refund.updated",
    "disputes": "charge.dispute.updated",
    "credit_notes": "credit_note.updated",
}


@pytest.fixture(scope="module")
def two_nights():
    """The moments and records (object, id, record) of two nights a week apart."""
    company = simulate("small", 7)
    events = [*company.world(), *(event for life in company.customers() for event in life)]
    nights = []
    for night in Archive(events).nights([company.end - timedelta(days=7), company.end]):
        files = Stripe().snapshot(night)
        records = {
            name.removesuffix(".jsonl"): {r["id"]: r for r in map(json.loads, data.splitlines())}
            for name, data in files.items()
        }
        nights.append((night.at, {"products": {}, **records}))
    return nights


def _serve(account: StripeAccount, records) -> None:
    account.page_size = 100
    account.lists = {
        name: sorted(by_id.values(), key=lambda record: record.get("created", 0), reverse=True)
        for name, by_id in records.items()
    }


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


def test_a_snapshot_equals_the_company_record_by_record(stripe, two_nights):
    stripe.watch.moment, records = two_nights[0]
    _serve(stripe.account, records)
    stripe.extract()
    assert len(records["subscriptions"]) > 200 and len(records["invoices"]) > 1000
    for name, expected in records.items():
        assert _read(stripe, f"{name}.jsonl") == expected


def test_a_snapshot_with_the_changes_of_a_week_equals_the_company_a_week_later(stripe, two_nights):
    (first, before), (second, after) = two_nights
    stripe.watch.moment = first
    _serve(stripe.account, before)
    stripe.extract()
    held = {name: _read(stripe, f"{name}.jsonl") for name in before}

    _serve(stripe.account, after)
    for name, event in _CHANGED.items():
        for id_, record in after[name].items():
            if record != before[name].get(id_):
                stripe.account.tell(event, int(second.timestamp()) - 3600, record)
    stripe.watch.moment = second
    entries = stripe.extract()

    read = sum(entry.records for name, entry in entries.items() if name in _CHANGED)
    assert 0 < read < sum(len(after[name]) for name in _CHANGED) / 10
    for name, expected in after.items():
        if name in _CHANGED:
            assert held[name] | _read(stripe, f"{name}.delta.jsonl") == expected
        else:
            assert _read(stripe, f"{name}.jsonl") == expected
