"""The simulation: the same bytes from the same seed, everything that can happen does, in believable
numbers.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from oracle.growth import latest_answers, nps_category, nps_of, trials
from oracle.payments import dunnings, recovery_rate
from oracle.retention import Retention
from orchestration.errors import ConfigurationError
from orchestration.synthetic.canonical import columns_by_table, write_canonical
from orchestration.synthetic.company import simulate
from orchestration.synthetic.events import KEYS, Kind

SMALL_SEED_1 = "c47f8db56660ccc2d4a6fe5a399171f1b001cc1c79e923b12a5cd8b43697f109"


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def test_the_same_seed_gives_the_same_bytes_on_every_python(tmp_path, small):
    """The digest was taken on 3.11, 3.12 and 3.13; a deliberate change of the company changes it."""
    write_canonical(small, tmp_path / "a")
    assert digest(tmp_path / "a") == SMALL_SEED_1


def test_another_seed_is_another_company(tmp_path, small):
    tables = ("customers", "subscription_items")
    write_canonical(small, tmp_path / "a", tables=tables)
    write_canonical(simulate("small", 2), tmp_path / "b", tables=tables)
    assert digest(tmp_path / "a") != digest(tmp_path / "b")


def test_everything_that_can_happen_does():
    kinds = Counter(
        event.kind
        for seed in range(1, 11)
        for events in simulate("small", seed, habits=1).lives()
        for event in events
    )
    assert [kind.name for kind in Kind if not kinds[kind]] == []


def test_rows_fit_the_canonical_contract(small_tables):
    contract = columns_by_table()
    for table, rows in small_tables.items():
        keys = [tuple(row[column] for column in KEYS[table]) for row in rows]
        assert len(keys) == len(set(keys)), table
        assert {column for row in rows for column in row} <= set(contract[table]), table


def test_references_hold(small_tables):
    ids = {table: {row[KEYS[table][0]] for row in rows} for table, rows in small_tables.items()}
    for table, column, target in (
        ("subscriptions", "customer_id", "customers"), ("subscription_items", "subscription_id",
        "subscriptions"),
        ("subscription_items", "price_id", "prices"), ("invoices", "customer_id", "customers"),
        ("invoice_lines", "invoice_id", "invoices"), ("invoice_payments", "payment_id", "payments"),
        ("reversals", "payment_id", "payments"), ("crm_deal_stages", "deal_id", "crm_deals"),
        ("survey_responses", "customer_id", "customers"), ("product_usage", "customer_id", "customers"),
    ):  # fmt: skip
        assert {row[column] for row in small_tables[table]} <= ids[target], (table, column)


def test_an_invoice_is_the_sum_of_its_lines(small_tables):
    lines = Counter()
    for line in small_tables["invoice_lines"]:
        lines[line["invoice_id"]] += line["amount_ex_tax"] + line["tax_amount"]
    for invoice in small_tables["invoices"]:
        assert invoice["total"] == max(lines[invoice["invoice_id"]], 0)
        assert invoice["subtotal"] - invoice["discount_total"] + invoice["tax_total"] <= invoice["total"]


def test_an_unknown_size_gets_a_sentence():
    with pytest.raises(ConfigurationError, match="'huge' is not known: choose one of small, medium, large"):
        simulate("huge", 1)


@pytest.mark.slow
def test_magnitudes_are_those_of_a_real_company(medium):
    """The bands that docs/demo-company.md states, with their sources."""
    tables, oracle = medium
    retention, complete = Retention(oracle), [m for m in oracle.months() if not oracle.is_partial(m)]
    rates = [retention.churn_month(month).customer_churn_rate for month in complete[12:]]
    assert 0.01 <= sum(rates) / len(rates) <= 0.03
    assert all(0.005 <= rate <= 0.05 for rate in rates)
    year = retention.churn_month(complete[-1], 12)
    assert 0.95 <= year.nrr <= 1.20
    assert 0.75 <= year.grr <= 0.95
    states = Counter(dunning.state for dunning in dunnings(oracle.inputs, oracle.as_of))
    assert 0.35 <= recovery_rate(states) <= 0.50
    for card, low, high in ((True, 0.45, 0.65), (False, 0.10, 0.25)):
        mature = [trial for trial in trials(oracle) if trial.card_on_file is card and trial.is_mature]
        assert low <= sum(trial.converted_on is not None for trial in mature) / len(mature) <= high
    answers = latest_answers(tables["survey_responses"], oracle, date(2025, 6, 30))
    assert 5 <= nps_of(answers.values()).score <= 45


@pytest.mark.slow
def test_detractors_leave_more_often_and_usage_falls_before_they_do(medium):
    tables, oracle = medium
    retention = Retention(oracle)
    left, asked = Counter(), Counter()
    for row in tables["survey_responses"]:
        day, category = row["responded_at"].date(), nps_category(row["score"])
        events = retention.events.get(row["customer_id"], [])
        asked[category] += 1
        left[category] += any(day < event.on <= day + timedelta(days=90) for event in events)
    rates = {category: left[category] / asked[category] for category in asked}
    assert rates["detractor"] > 2 * rates["promoter"]
    before, usual = [], []
    ends = {customer: events[-1].on for customer, events in retention.events.items() if events}
    for row in tables["product_usage"]:
        end = ends.get(row["customer_id"])
        if end is not None and row["feature"] == "reports" and row["used_on"] < end:
            (before if (end - row["used_on"]).days < 30 else usual).append(row["events"])
    assert sum(before) / len(before) < 0.7 * sum(usual) / len(usual)
