"""The MRR marts of three companies against the oracle, which shares no code with the models."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from oracle.finance import netting_bridge
from oracle.ledger import TYPES, ZERO, MonthRow, Movement
from oracle.outcomes import lifetime_revenue
from tests.equivalence.segments import SEGMENT_TYPES, segments_of
from tests.equivalence.warehouses import SOURCE, TOLERANCE, Built, assert_same, broken_rules, native

KINDS = {"pause", "free_downgrade", "resume"}
AMOUNTS = (
    "opening_mrr, new_mrr, expansion_mrr, contraction_mrr, churned_mrr, reactivation_mrr, fx_mrr,"
    " closing_mrr, committed_mrr"
)


def amounts(row: MonthRow) -> list[Decimal]:
    """In the order of AMOUNTS."""
    return [row.opening, *(row.by_type[name] for name in TYPES), row.fx, row.closing, row.committed]


def test_every_ledger_row_is_told_by_its_line(built: Built) -> None:
    assert broken_rules(built.connection) == []


def test_every_movement_of_every_customer(built: Built) -> None:
    ours = {
        (native(customer), on): (type_, kind if kind in KINDS else None, before, after, delta)
        for customer, on, type_, kind, before, after, delta in built.rows(
            "select customer_id, movement_date, movement_type, movement_kind, mrr_before, mrr_after,"
            " mrr_delta from marts.fct_mrr_movements"
        )
    }
    theirs = {
        (customer, m.on): (m.type, m.kind, m.before, m.after, m.delta)
        for customer in built.oracle.days
        for m in built.oracle.movements(customer)
    }
    assert {kind for _, kind, *_ in theirs.values()} > {"pause", "resume"}
    assert_same(ours, theirs)


def test_every_movement_has_the_rate_that_it_was_converted_at(built: Built) -> None:
    ours = {
        (native(customer), on): rest
        for customer, on, *rest in built.rows(
            "select movements.customer_id, movement_date, movements.rate,"
            " movements.rate is not distinct from case when rate_currency is not null then"
            " coalesce(rates.rate, 1) end and movements.rate_on is not distinct from"
            " case when rate_currency is not null then coalesce(rates.rate_on, movement_date) end"
            " from marts.fct_mrr_movements as movements left join marts.dim_fx_rates as rates"
            " on rate_currency = base and movement_date = rate_day"
        )
    }
    theirs = {}
    for customer in built.oracle.days:
        for move in built.oracle.movements(customer):
            state = built.oracle.state_on(customer, move.on)
            eve = built.oracle.state_on(customer, move.on - timedelta(days=1))
            after, before = state.native if state else {}, eve.native if eve else {}
            moved = {c for c in {*after, *before} if after.get(c, ZERO) != before.get(c, ZERO)}
            foreign = sorted(moved - {built.oracle.policies.reporting_currency})
            rates = [built.oracle.rates.rate(c, move.on) for c in foreign] or [Decimal(1)]
            theirs[customer, move.on] = [rates[0] if len(rates) == 1 else None, True]
    assert {rate for rate, _ in theirs.values()} > {Decimal(1)}
    assert_same(ours, theirs)


def test_every_published_rate(built: Built) -> None:
    ours = {
        (base, on): [rate]
        for base, on, rate in built.rows("select base, rate_day, rate from marts.dim_fx_rates")
    }
    assert {quote for (quote,) in built.rows("select quote from marts.dim_fx_rates")} == {
        built.oracle.policies.reporting_currency
    }
    assert len(ours) > 365
    assert_same(ours, {key: [built.oracle.rates.rate(*key)] for key in ours})


def test_every_month_of_every_customer(built: Built) -> None:
    ours = {
        (native(customer), month): rest
        for customer, month, *rest in built.rows(
            f"select customer_id, period_month, {AMOUNTS}, closing_mrr_constant, is_partial"
            " from marts.fct_customer_mrr_monthly"
        )
    }
    theirs = {
        (row.customer_id, row.month): [*amounts(row), row.closing_constant, row.is_partial]
        for row in built.oracle.all_months()
    }
    assert any(row[6] for row in theirs.values()), "a company without foreign money proves nothing about fx"
    assert_same(ours, theirs)


def counts_of(built: Built, segment: Mapping[str, str]) -> dict[tuple[date, str], Counter[str]]:
    """New, churned and reactivated customers, and those with MRR at the ends, by month and segment value."""
    counts: dict[tuple[date, str], Counter[str]] = defaultdict(Counter)
    for customer, value in segment.items():
        for move in built.oracle.movements(customer):
            counts[move.on.replace(day=1), value][move.type] += 1
        for row in built.oracle.roll_forward(customer):
            counts[row.month, value]["opening"] += bool(row.opening)
            counts[row.month, value]["closing"] += bool(row.closing)
    return counts


@pytest.mark.parametrize("segment_type", SEGMENT_TYPES)
def test_every_month_of_every_segment(built: Built, segment_type: str) -> None:
    ours = {
        (month, value): rest
        for month, value, *rest in built.rows(
            f"select period_month, segment_value, {AMOUNTS}, opening_customers, new_customers,"
            " churned_customers, reactivated_customers, closing_customers, arr, arpa, asp, quick_ratio,"
            " is_partial from marts.fct_mrr_monthly where segment_type = ?",
            segment_type,
        )
    }
    segment = segments_of(built)[segment_type]
    counts = counts_of(built, segment)
    theirs = {}
    for key, row in built.oracle.totals(segment.get).items():
        found = counts[key]
        gained = sum((row.by_type[name] for name in ("new", "expansion", "reactivation")), ZERO)
        lost = -row.by_type["contraction"] - row.by_type["churn"]
        theirs[key] = [
            *amounts(row), found["opening"], found["new"], found["churn"], found["reactivation"],
            found["closing"], 12 * row.closing, row.closing / found["closing"] if found["closing"] else None,
            row.by_type["new"] / found["new"] if found["new"] else None,
            gained / lost if lost and not row.is_partial else None, row.is_partial,
        ]  # fmt: skip
    assert_same(ours, theirs)


@pytest.mark.parametrize("segment_type", ["plan", "product"])
def test_the_closing_mrr_of_every_plan_and_product(built: Built, segment_type: str) -> None:
    """Parts of a foreign balance are rounded so that they add up to it: each may be the last digit off."""
    ours = {
        (month, value.removeprefix(f"{SOURCE}:")): closing
        for month, value, closing in built.rows(
            "select period_month, segment_value, closing_mrr from marts.fct_mrr_monthly"
            " where segment_type = ? and closing_mrr <> 0",
            segment_type,
        )
    }
    oracle = built.oracle
    theirs, parts = defaultdict[Any, Decimal](Decimal), Counter[Any]()
    for customer in oracle.days:
        for month in oracle.months():
            last = oracle.closing_day(month)
            state = oracle.state_on(customer, last)
            native_by_plan: dict[tuple[Any, ...], Decimal] = defaultdict(lambda: ZERO)
            for item in state.change.items if state else ():
                version = item.version
                native_by_plan[version.plan_name, version.product_id, version.currency] += item.mrr
            for (plan, product, currency), amount in native_by_plan.items():
                if amount:
                    key = (month, plan if segment_type == "plan" else product)
                    theirs[key] += oracle.rates.value({currency: amount}, last)
                    parts[key] += currency != oracle.policies.reporting_currency
    assert ours.keys() == theirs.keys()
    for key, amount in theirs.items():
        assert abs(ours[key] - amount) <= parts[key] * TOLERANCE, key


def test_the_bridge_from_days_to_months(built: Built) -> None:
    ours = {
        (month, type_): (day, whole)
        for month, type_, day, whole in built.rows(
            "select period_month, movement_type, day_grain_mrr, month_grain_mrr"
            " from marts.fct_mrr_netting_bridge"
        )
    }
    theirs = netting_bridge(built.oracle)
    assert any(day != month for day, month in theirs.values())
    assert_same(ours, theirs)


def test_how_every_customer_stands(built: Built) -> None:
    ours = {
        native(customer): rest
        for customer, *rest in built.rows(
            "select customer_id, status, first_mrr_on, cohort_month, churned_on, mrr, committed_mrr,"
            " lifetime_revenue from marts.dim_customers"
        )
    }
    oracle, theirs = built.oracle, {}
    revenue = lifetime_revenue(oracle, built.tables)
    for customer in oracle.inputs.customers:
        moves = oracle.movements(customer) if customer in oracle.days else []
        first = next((move.on for move in moves if move.type == "new"), None)
        left = moves[-1].on if moves and moves[-1].type == "churn" else None
        theirs[customer] = [
            standing(built, customer, moves), first, first and first.replace(day=1), left,
            oracle.mrr_on(customer, oracle.today) if moves else ZERO,
            oracle.committed_on(customer, oracle.today) if moves else ZERO, revenue.get(customer),
        ]  # fmt: skip
    assert {row[0] for row in theirs.values()} >= {"active", "churned", "never_paid"}
    assert_same(ours, theirs)


def standing(built: Built, customer: str, moves: Sequence[Movement]) -> str:
    """What the last movement says; without any, whether an item is on trial now."""
    if moves and moves[-1].type == "churn":
        return "paused" if moves[-1].kind == "pause" else "churned"
    if moves:
        return "active"
    days = built.oracle.days.get(customer)
    on_trial = days and any(item.status == "trialing" for item in days[-1].change.items)
    return "trial" if on_trial else "never_paid"
