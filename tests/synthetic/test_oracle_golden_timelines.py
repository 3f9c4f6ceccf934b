"""The oracle alone reproduces the published timelines."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from timelines import golden_cases, oracle_of

from oracle.ledger import MonthRow

TIMELINES = [case for case in golden_cases() if "timeline" in case]
REQUESTED = "churn_timing"


def cents(value: object) -> str:
    return str(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def month_type(row: MonthRow, seen: set[str]) -> str | None:
    if row.fx or row.opening == row.closing:
        return None
    if not row.opening:
        return "reactivation" if row.customer_id in seen else "new"
    return "churn" if not row.closing else "expansion" if row.closing > row.opening else "contraction"


@pytest.mark.parametrize("case",
[c for c in TIMELINES if "daily" in c["expect"] and REQUESTED not in c.get("config", {})],
                         ids=lambda case: case["id"])  # fmt: skip
def test_daily_movements(case):
    oracle = oracle_of(case)
    found = sorted(
        (str(m.on), customer, m.type, cents(m.delta))
        for customer in oracle.days
        for m in oracle.movements(customer)
    )
    assert found == [tuple(row) for row in case["expect"]["daily"]]


@pytest.mark.parametrize(
    "case", [c for c in TIMELINES if "monthly" in c["expect"]], ids=lambda case: case["id"]
)
def test_monthly_movements(case):
    oracle, seen, found = oracle_of(case), set(), []
    for row in sorted(oracle.all_months(), key=lambda row: (row.month, row.customer_id)):
        kind = month_type(row, seen)
        if kind:
            found.append([str(row.month), row.customer_id, kind, cents(row.closing - row.opening)])
        if row.closing:
            seen.add(row.customer_id)
    assert found == case["expect"]["monthly"]


@pytest.mark.parametrize(
    "case", [c for c in TIMELINES if "waterfall" in c["expect"]], ids=lambda case: case["id"]
)
def test_waterfall(case):
    rows = oracle_of(case).all_months()
    for month, expected in case["expect"]["waterfall"]:
        found = [row for row in rows if str(row.month)[:7] == month]
        total = {
            "start": sum(row.opening for row in found),
            "fx": sum(row.fx for row in found),
            "end": sum(row.closing for row in found),
        } | {name: sum(row.by_type[name] for row in found) for name in found[0].by_type}
        shown = {k: cents(v) for k, v in total.items() if v or k in ("start", "end")}
        assert shown == {k: cents(v) for k, v in expected.items()}


@pytest.mark.parametrize(
    "case", [c for c in TIMELINES if "event" in c["expect"]], ids=lambda case: case["id"]
)
def test_event_grain_keeps_the_ups_and_downs_of_a_day(case):
    oracle = oracle_of(case)
    deltas = [
        [str(oracle.local_day(at)), customer, cents(sum(delta.values()))]
        for customer in oracle.days
        for at, delta in oracle.ledger_deltas(customer)
    ]
    assert deltas == [[on, customer, amount] for on, customer, _, amount in case["expect"]["event"]]


def test_committed_mrr_falls_at_the_request():
    case = next(c for c in TIMELINES if REQUESTED in c.get("config", {}))
    oracle = oracle_of(case)
    found, before = [], Decimal(0)
    for day in oracle.days["e"]:
        after = oracle.committed_on("e", day.on)
        if after != before:
            found.append([str(day.on), "e", "new" if after > before else "churn", cents(after - before)])
        before = after
    assert found == case["expect"]["daily"]
