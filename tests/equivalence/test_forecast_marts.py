"""The forecast and its backtest against the oracle's own chain-ladder."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from oracle.forecast import Forecasts, Telling
from oracle.ledger import Oracle
from tests.equivalence.rates import MIN_N
from tests.equivalence.segments import segments_of
from tests.equivalence.warehouses import Built, assert_same


def index(month: date) -> int:
    return month.year * 12 + month.month - 1


def tellings(oracle: Oracle) -> Iterator[Telling]:
    """Each customer's months by plan and currency: one delivery told all of them, so each at once."""
    last = index(oracle.today)
    for customer, changes in oracle.changes.items():
        before: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        states = {index(oracle.local_day(change.at)): change for change in changes}
        for month, change in sorted(states.items()):
            after: dict[tuple[str, str], tuple[Decimal, Decimal]] = defaultdict(
                lambda: (Decimal(0), Decimal(0))
            )
            for state in change.items:
                key = (state.version.plan_name or "unknown", state.version.currency)
                # What is scheduled is committed only from today on, and told apart.
                committed = state.mrr if state.committed else Decimal(0)
                after[key] = (after[key][0] + state.mrr, after[key][1] + committed)
            for key in {*before, *after}:
                was, now = before.get(key, (Decimal(0),) * 2), after.get(key, (Decimal(0),) * 2)
                if was != now:
                    yield Telling(customer, *key, month, month, now[0] - was[0], now[1] - was[1])
            before = dict(after)
        for state in changes[-1].items if changes else ():
            if state.committed and state.committed != state.mrr:
                versions = [
                    v for v in oracle.inputs.items
                    if v.valid_from > oracle.as_of
                    and (v.subscription_id, v.item_id)
                    == (state.version.subscription_id, state.version.item_id)
                ]  # fmt: skip
                due = index(oracle.local_day(max(v.valid_from for v in versions)))
                step = state.committed - state.mrr
                yield Telling(
                    customer,
                    state.version.plan_name or "unknown",
                    state.version.currency,
                    due,
                    last - 1,
                    step,
                    step,
                )


@pytest.fixture(scope="module")
def forecasts(built: Built) -> Forecasts:
    oracle = built.oracle
    firsts = {customer: moves[0].on for customer, moves in built.retention.moves.items() if moves}
    ends: dict[int, date] = {index(month): oracle.closing_day(month) for month in oracle.months()}
    complete = [index(month) for month in oracle.months() if not oracle.is_partial(month)]
    return Forecasts(
        tellings(oracle),
        {customer: index(on) for customer, on in firsts.items()},
        segments_of(built)["sales_model"],
        lambda currency, month: float(oracle.rates.rate(currency, ends[month])),
        index(min(firsts.values())),
        complete[-1],
        MIN_N,
    )


def test_the_forecast_of_every_segment_and_horizon(built: Built, forecasts: Forecasts) -> None:
    ours = {
        (index(origin), (segment_type, value), horizon): rest
        for origin, segment_type, value, horizon, origin_mrr, *rest in built.rows(
            "select origin_month, segment_type, segment_value, horizon_months, origin_mrr, reason, kept_mrr,"
            " expansion_mrr, new_mrr, known_mrr, adjustment_mrr, expected_mrr, low_80, high_80,"
            " three_month_rule_mrr"
            " from marts.fct_mrr_forecast"
        )
        # Nothing was ever told of a plan that nobody paid for.
        if origin_mrr or (index(origin), (segment_type, value), horizon) in forecasts.rows
    }
    newest = max(origin for origin, _, _ in forecasts.rows)
    theirs = {
        key: [
            row.reason,
            *(row.kept, row.expansion, row.new, row.known, row.adjustment, row.expected),
            *(row.low, row.high, row.rule),
        ]
        for key, row in forecasts.rows.items()
        # A plan that nobody has any more has no row.
        if key[0] == newest and (row.origin_mrr or key in ours)
    }
    assert any(row[4] for row in theirs.values()), "nothing is known of the future"
    assert any(row[5] for row in theirs.values()), "no segment is adjusted"
    assert any(row[7] is not None for row in theirs.values()), "there is no range"
    assert_same(ours, theirs)


def test_the_factors_of_every_origin_and_segment(built: Built, forecasts: Forecasts) -> None:
    ours = {
        (index(origin), (segment_type, value), at): rest
        for origin, segment_type, value, at, *rest in built.rows(
            "select origin_month, segment_type, segment_value, age_band, weight, kept_factor,"
            " development_factor, origin_mrr from marts.fct_forecast_factors"
        )
    }
    theirs = {
        (origin, segment, at): [factor.weight, factor.kept, factor.development, factor.mrr]
        for (origin, segment, at), factor in forecasts.factors.items()
        if forecasts.rows[origin, segment, 1].expected is not None
    }
    assert {at for _, _, at in theirs} == set(range(8)) and any(0 < row[0] < 1 for row in theirs.values())
    assert_same(ours, theirs)


def test_every_past_forecast_and_its_errors(built: Built, forecasts: Forecasts) -> None:
    ours = {
        (index(origin), (segment_type, value), horizon): rest
        for origin, segment_type, value, horizon, *rest in built.rows(
            "select origin_month, segment_type, segment_value, horizon_months, actual_mrr, expected_mrr,"
            " low_80, high_80, last_value_mrr, three_month_rule_mrr, error, last_value_error,"
            " three_month_rule_error, is_within_range from marts.fct_forecast_backtest"
        )
    }
    came = {
        (index(month), (segment_type, value)): mrr
        for month, segment_type, value, mrr in built.rows(
            "select period_month, segment_type, segment_value, closing_mrr from marts.fct_mrr_monthly"
            " where not is_partial"
        )
    }
    newest = max(origin for origin, _, _ in forecasts.rows)
    theirs = {}
    for (origin, segment, horizon), row in forecasts.rows.items():
        if origin + horizon > newest or row.expected is None:
            continue
        actual = came.get((origin + horizon, segment), Decimal(0))
        errors = [
            float(amount - actual) / float(actual) if actual and amount is not None else None
            for amount in (row.expected, row.origin_mrr, row.rule)
        ]
        within = None if row.low is None or row.high is None else row.low <= actual <= row.high
        theirs[origin, segment, horizon] = [
            actual, row.expected, row.low, row.high, row.origin_mrr, row.rule, *errors, within,
        ]  # fmt: skip
    assert_same(ours, theirs)
