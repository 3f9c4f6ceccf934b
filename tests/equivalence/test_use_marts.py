"""What customers do with the product, and what becomes of them, against the oracle."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import Any

import pytest

from oracle.use import Start, onboarding
from tests.equivalence.rates import of_counts
from tests.equivalence.segments import OWN, segments_of_everyone
from tests.equivalence.warehouses import ACTIVATION, Built, assert_same, native


@pytest.fixture(scope="module")
def starts(built: Built) -> dict[str, Start]:
    return onboarding(
        built.retention, built.tables["product_usage"], ACTIVATION["feature"], ACTIVATION["within_days"]
    )


def test_how_every_customer_began(built: Built, starts: dict[str, Start]) -> None:
    ours = {
        native(customer): rest
        for customer, *rest in built.rows(
            "select customer_id, started_on, first_trial_on, first_mrr_on, first_used_on,"
            " days_to_activation, activation_state, is_retained_90d, is_retained_180d"
            " from marts.fct_onboarding"
        )
    }
    theirs = {
        customer: [
            start.started_on, start.first_trial_on, start.first_mrr_on, start.first_used_on, start.days,
            start.state, start.retained[90], start.retained[180],
        ]
        for customer, start in starts.items()
    }  # fmt: skip
    assert {start.state for start in starts.values()} >= {"activated", "not_activated", "open"}
    assert_same(ours, theirs)


@pytest.mark.parametrize("segment_type", ["all", *OWN])
def test_onboarding_of_every_month_and_segment(
    built: Built, starts: dict[str, Start], segment_type: str
) -> None:
    groups = ", ".join(
        f"{state}_customers_{days}d, {state}_retained_{days}d, {state}_retention_rate_{days}d,"
        f" {state}_retention_rate_{days}d_low, {state}_retention_rate_{days}d_high"
        for state in ("activated", "not_activated")
        for days in (90, 180)
    )
    ours = {
        (month, value): rest
        for month, value, *rest in built.rows(
            "select period_month, segment_value, customers, activated_customers, not_activated_customers,"
            " open_customers, unknown_customers, activation_rate, activation_rate_low, activation_rate_high,"
            f" median_days_to_activation, is_mature, {groups}"
            " from marts.fct_onboarding_monthly where segment_type = ?",
            segment_type,
        )
    }
    segment = segments_of_everyone(built)[segment_type]
    members: dict[tuple[date, str], list[Start]] = defaultdict(list)
    for customer, start in starts.items():
        members[start.started_on.replace(day=1), segment[customer]].append(start)
    theirs = {key: onboarding_figures(found) for key, found in members.items()}
    assert_same(ours, theirs)


def onboarding_figures(found: Sequence[Start]) -> list[Any]:
    """In the order of the query above."""
    counts = [
        sum(start.state == state for start in found)
        for state in ("activated", "not_activated", "open", "unknown")
    ]
    days = [start.days for start in found if start.days is not None and start.state != "open"]
    figures = [
        len(found), *counts, *of_counts(counts[0], counts[0] + counts[1]), median(days) if days else None,
        counts[2] == 0,
    ]  # fmt: skip
    for state in ("activated", "not_activated"):
        for after in (90, 180):
            asked = [s.retained[after] for s in found if s.state == state and s.retained[after] is not None]
            figures += [
                len(asked),
                sum(filter(None, asked)),
                *of_counts(sum(filter(None, asked)), len(asked)),
            ]
    return figures
