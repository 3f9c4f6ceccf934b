"""What customers do with the product, and what becomes of them, against the oracle."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import Any

import pytest

from oracle.ledger import ZERO
from oracle.payments import ratio
from oracle.saves import Request, end_requests
from oracle.themes import themes_by_month
from oracle.use import Adoption, Start, adoption, onboarding
from tests.equivalence.rates import MIN_N, of_counts
from tests.equivalence.segments import OWN, SEGMENT_TYPES, segments_of, segments_of_everyone
from tests.equivalence.warehouses import ACTIVATION, THEMES, Built, assert_same, native


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


def test_who_used_each_feature_and_who_left(built: Built) -> None:
    ours = {
        (month, feature): rest
        for month, feature, *rest in built.rows(
            "select period_month, feature, users, customers, all_customers, adoption_rate, mrr, all_mrr,"
            " mrr_share, is_partial, compared_users, compared_non_users, churned_users_90d,"
            " users_churn_rate_90d, users_churn_rate_90d_low, users_churn_rate_90d_high,"
            " non_users_churn_rate_90d, non_users_churn_rate_90d_low, non_users_churn_rate_90d_high,"
            " churn_difference_90d, churn_difference_90d_low, churn_difference_90d_high"
            " from marts.fct_feature_adoption_monthly"
        )
    }
    oracle, theirs = built.oracle, {}
    for month in oracle.months():
        last, is_partial = oracle.closing_day(month), oracle.is_partial(month)
        amounts = [mrr for customer in oracle.days if (mrr := oracle.mrr_on(customer, last))]
        total = sum(amounts, ZERO)
        has_90d = (oracle.today - last).days > 90
        for feature, row in adoption(built.retention, built.tables["product_usage"], month).items():
            theirs[month, feature] = [
                row.users, row.paying, len(amounts), None if is_partial else ratio(row.paying, len(amounts)),
                row.mrr, total, None if is_partial else ratio(row.mrr, total), is_partial,
                *(compared(row) if has_90d else [None] * 12),
            ]  # fmt: skip
    assert any(row[17] for row in theirs.values()) and len(theirs) > 60
    assert_same(ours, theirs)


def test_every_customer_who_used_a_feature(built: Built) -> None:
    ours = {
        (native(customer), month, feature): rest
        for customer, month, feature, *rest in built.rows(
            "select customer_id, period_month, feature, mrr, churned_90d"
            " from marts.fct_feature_customers_monthly"
        )
    }
    oracle, theirs = built.oracle, {}
    for month in oracle.months():
        last = oracle.closing_day(month)
        has_90d = (oracle.today - last).days > 90
        for feature, row in adoption(built.retention, built.tables["product_usage"], month).items():
            for customer, is_lost in row.names.items():
                known = int(is_lost) if has_90d and is_lost is not None else None
                theirs[customer, month, feature] = [oracle.mrr_on(customer, last), known]
    assert {row[1] for row in theirs.values()} == {0, 1, None}
    assert_same(ours, theirs)
    told = built.rows(
        "select count(*), count(source_line) from marts.fct_feature_customers_monthly as used"
        " where events > 0 and first_used_on between period_month and period_month + interval 1 month"
    )
    assert told == [(len(theirs), len(theirs))]


def compared(row: Adoption) -> list[Any]:
    """Of users and non-users, what the last columns of the query above say."""
    users, lost, others = row.compared
    if min(users, others) < MIN_N:
        return [users, others, lost, *[None] * 9]
    return [users, others, lost, *of_counts(lost, users), *row.non_users(), *row.difference()]


def test_every_request_to_end(built: Built) -> None:
    ours = [
        (native(customer), *rest)
        for customer, *rest in built.rows(
            "select customer_id, requested_on, plan, withdrawn_on is not null, ended_on is not null,"
            " offered_on is not null, mrr_at_request, mrr_after_90d, is_saved from marts.fct_end_requests"
        )
    ]
    theirs = [
        (
            one.customer_id, one.on, one.plan, one.withdrawn, one.ended, one.offered, one.mrr, one.mrr_after,
            None if one.mrr_after is None else one.is_saved,
        )
        for one in end_requests(built.oracle)
    ]  # fmt: skip
    assert any(row[5] for row in theirs) and any(row[8] for row in theirs)
    assert sorted(ours, key=str) == sorted(theirs, key=str)


@pytest.mark.parametrize("segment_type", [*SEGMENT_TYPES, "plan"])
def test_requests_and_saves_of_every_month_and_segment(built: Built, segment_type: str) -> None:
    ours = {
        (month, value): rest
        for month, value, *rest in built.rows(
            "select period_month, segment_value, requests, withdrawn_requests, ended_requests,"
            " pending_requests, offered_requests, observed_requests, still_paying_requests, saved_requests,"
            " offered_observed_requests, offered_saved_requests, requested_mrr, saved_mrr, is_mature,"
            " save_rate, save_rate_low, save_rate_high, offered_save_rate, offered_save_rate_low,"
            " offered_save_rate_high, not_offered_save_rate, not_offered_save_rate_low,"
            " not_offered_save_rate_high from marts.fct_saves_monthly where segment_type = ?",
            segment_type,
        )
    }
    segment = segments_of(built).get(segment_type, {})
    groups: dict[tuple[date, str], list[Request]] = defaultdict(list)
    for one in end_requests(built.oracle):
        value = one.plan if segment_type == "plan" else segment[one.customer_id]
        groups[one.on.replace(day=1), value].append(one)
    theirs = {key: figures_of_requests(found) for key, found in groups.items()}
    assert any(row[7] for row in theirs.values()) and any(row[4] for row in theirs.values())
    assert_same(ours, theirs)


def figures_of_requests(found: Sequence[Request]) -> list[Any]:
    """In the order of the query above."""
    observed = [one for one in found if one.mrr_after is not None]
    saved = [one for one in observed if one.is_saved]
    offered, offered_saved = (sum(one.offered for one in some) for some in (observed, saved))
    withdrawn, ended = sum(one.withdrawn for one in found), sum(one.ended for one in found)
    return [
        len(found), withdrawn, ended, len(found) - withdrawn - ended, sum(one.offered for one in found),
        len(observed), sum(bool(one.mrr_after) for one in observed), len(saved), offered, offered_saved,
        sum(one.mrr for one in found), sum((min(one.mrr, one.mrr_after or ZERO) for one in saved), ZERO),
        len(observed) == len(found), *of_counts(len(saved), len(observed)),
        *of_counts(offered_saved, offered), *of_counts(len(saved) - offered_saved, len(observed) - offered),
    ]  # fmt: skip


def test_what_was_said_of_every_theme(built: Built) -> None:
    ours = {
        (month, theme): rest
        for month, theme, *rest in built.rows(
            "select period_month, theme, answers, promoters, passives, detractors, customers, mrr,"
            " detractors_mrr, churned_customers, churned_mrr from marts.fct_feedback_themes_monthly"
        )
    }
    theirs = {}
    said = themes_by_month(built.retention, built.tables["survey_responses"], THEMES)
    for (month, theme), row in said.items():
        last = built.oracle.closing_day(month)
        amounts = {customer: built.oracle.mrr_on(customer, last) for customer in row.speakers}
        theirs[month, theme] = [
            row.categories.total(), row.categories["promoter"], row.categories["passive"],
            row.categories["detractor"], len(amounts), sum(amounts.values(), ZERO),
            sum((amounts[one] for one, told in row.speakers.items() if "detractor" in told), ZERO),
            len(row.churned), row.churned_mrr,
        ]  # fmt: skip
    assert {theme for _, theme in theirs} >= {*THEMES, "support", "praise", "unused"}
    assert_same(ours, theirs)
    speakers = {
        (month, theme, said_as, native(customer) if customer else None)
        for month, theme, said_as, customer in built.rows(
            "select distinct period_month, theme, said_as, customer_id from marts.fct_feedback_themes"
        )
    }
    assert {one for one in speakers if one[3]} == {
        (*key, said_as, customer)
        for key, row in said.items()
        for said_as, names in (("answer", row.speakers), ("churn", row.churned))
        for customer in names
    }
