"""Section 9 of the specification holds on the oracle's own figures, on three seeds."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from oracle.inputs import read_inputs
from oracle.ledger import ZERO, Oracle
from oracle.retention import Retention
from orchestration.synthetic.canonical import rows_known


def test_opening_movements_and_fx_make_closing(seeded):
    _, _, oracle = seeded
    closings: dict[str, Decimal] = {}
    for row in oracle.all_months():
        assert row.opening == closings.get(row.customer_id, ZERO)
        assert row.opening + sum(row.by_type.values()) + row.fx == row.closing
        closings[row.customer_id] = row.closing


def test_fx_is_only_there_for_foreign_money(seeded):
    _, tables, oracle = seeded
    home = {row["customer_id"] for row in tables["customers"] if row["currency"] == "EUR"}
    switched = {row["customer_id"] for row in tables["subscriptions"] if row["currency"] != "EUR"}
    foreign = [row for row in oracle.all_months() if row.customer_id not in home - switched]
    assert all(not row.fx for row in oracle.all_months() if row.customer_id in home - switched)
    assert any(row.fx for row in foreign)


def test_ledger_and_days_agree(seeded):
    _, _, oracle = seeded
    for customer, days in oracle.days.items():
        total: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for _, delta in oracle.ledger_deltas(customer):
            for currency, amount in delta.items():
                total[currency] += amount
        assert {c: v for c, v in total.items() if v} == dict(days[-1].native)


def test_mrr_is_never_negative_and_committed_never_above_without_a_schedule(seeded):
    company, _, oracle = seeded
    scheduled = {v.subscription_id for v in oracle.inputs.items if v.valid_from > company.end}
    for days in oracle.days.values():
        for day in days:
            assert all(amount > 0 for amount in day.native.values())
            for state in day.change.items:
                assert state.committed in (0, state.mrr) or state.version.subscription_id in scheduled


def test_one_new_and_churn_and_reactivation_alternate(seeded):
    _, _, oracle = seeded
    for customer in oracle.days:
        kinds = [m.type for m in oracle.movements(customer) if m.type in ("new", "churn", "reactivation")]
        assert kinds == (["new"] + ["churn", "reactivation"] * len(kinds))[: len(kinds)]


def test_retention_bounds_and_churn_classes(seeded):
    _, _, oracle = seeded
    retention = Retention(oracle)
    for month in oracle.months():
        found = retention.churn_month(month)
        assert found.voluntary + found.involuntary + found.unknown + found.paused == found.churned_customers
        if found.grr is not None and found.nrr is not None:
            assert found.grr <= min(1, found.nrr)


def test_segments_sum_to_the_whole(seeded):
    _, tables, oracle = seeded
    retention, country = (
        Retention(oracle),
        {row["customer_id"]: row["country"] for row in tables["customers"]},
    )
    month = oracle.months()[-2]
    parts = [retention.churn_month(month, 12, country.get, value) for value in sorted(set(country.values()))]
    whole = retention.churn_month(month, 12)
    assert sum(part.starting_customers for part in parts) == whole.starting_customers > 0
    assert sum(part.churned_customers for part in parts) == whole.churned_customers
    assert sum((part.starting_mrr for part in parts), ZERO) == whole.starting_mrr


def test_a_cohorts_base_never_changes(seeded):
    _, _, oracle = seeded
    bases = defaultdict(set)
    for cell in Retention(oracle).cohorts():
        bases[cell.cohort_start].add((cell.cohort_customers, cell.cohort_mrr))
        if cell.retained_unbroken is not None and cell.active_customers is not None:
            assert cell.retained_unbroken <= cell.active_customers <= cell.cohort_customers
    assert bases and all(len(found) == 1 for found in bases.values())


def test_what_was_known_earlier_gives_the_same_past(seeded):
    """Loading night by night equals loading all at once, but where a merge or an entry is back-dated."""
    company, _, oracle = seeded
    earlier = company.end - timedelta(days=200)
    tables = defaultdict(list)
    changed = set()
    for events in company.lives():
        changed |= {event.key[1] for event in events if event.table == "crm_merges"}
        if any(_is_entered_after(event, earlier) for event in events):
            changed |= {event.key[0] for event in events if event.table == "customers"}
        for table, rows in rows_known(events, earlier).items():
            tables[table] += rows
    then = Oracle(read_inputs(tables), oracle.policies, earlier)
    for customer in then.days:
        if customer in changed or f"{customer}_b" in changed:
            continue
        past = [m for m in oracle.movements(customer) if m.on < then.today]
        assert [m for m in then.movements(customer) if m.on < then.today] == past


def _is_entered_after(event, earlier) -> bool:
    """Whether a state that held earlier was entered afterwards."""
    held_from = event.values.get("valid_from")
    return event.table == "subscription_items" and held_from <= earlier < event.at
