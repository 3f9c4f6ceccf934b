"""Survival, what follows an NPS answer, trials and funnel by month, unit economics: against the oracle."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

import pytest

from oracle.funnel import STAGES, Passage, passages
from oracle.growth import Trial, cost_of_month, trials
from oracle.outcomes import (
    Economics,
    after_answers,
    economics,
    first_lives,
    survival_curve,
)
from orchestration.machine.project import PROJECT
from tests.equivalence.rates import MIN_N, of_counts
from tests.equivalence.segments import OWN, SEGMENT_TYPES, segments_of, segments_of_everyone
from tests.equivalence.warehouses import Built, assert_same, native

CARDS = {True: "card", False: "no_card", None: "unknown"}


@pytest.mark.parametrize("segment_type", [*SEGMENT_TYPES, "plan"])
def test_survival_of_every_segment(built: Built, segment_type: str) -> None:
    """Lives are the oracle's; which plan a customer began with is asked of the warehouse."""
    if segment_type == "plan":
        began_with = built.rows(
            "select customer_id, segment_value from intermediate.int_retention__acquisition_segments"
            " where segment_type = 'plan'"
        )
        segments = [(native(customer), value) for customer, value in began_with]
    else:
        segments = list(segments_of(built)[segment_type].items())
    lives, members = first_lives(built.retention), defaultdict(list)
    for customer, value in segments:
        members[value].append(lives[customer])
    ours = {
        (value, month): rest
        for value, month, *rest in built.rows(
            "select segment_value, tenure_months, customers_at_risk, churned_customers, survival_rate,"
            " survival_rate_low, survival_rate_high from marts.fct_survival where segment_type = ?",
            segment_type,
        )
    }
    theirs = {
        (value, month): [
            sum(1 for other, _ in found if other >= month),
            sum(1 for other, ended in found if ended and other == month),
            *(figures if len(found) >= MIN_N else [None] * 3),
        ]
        for value, found in members.items() for month, figures in survival_curve(found).items()
    }  # fmt: skip
    assert len(theirs) > 12
    assert_same(ours, theirs)


def test_what_follows_each_category(built: Built) -> None:
    ours = {
        (month, category): rest
        for month, category, *rest in built.rows(
            "select period_month, category, customers, mrr, churned_90d, churned_180d, churn_rate_90d,"
            " churn_rate_90d_low, churn_rate_90d_high, churn_rate_180d, mrr_lost_90d, mrr_lost_180d"
            " from marts.fct_nps_retention"
        )
    }
    today, theirs = built.oracle.today, {}
    followed = after_answers(built.retention, built.tables["survey_responses"])
    for (month, category), row in followed.items():
        waited = (today - built.oracle.closing_day(month)).days - 1
        short, long = waited >= 90, waited >= 180
        rate_90d = of_counts(row.churned_90d, row.customers)
        theirs[month, category] = [
            row.customers, row.mrr, row.churned_90d if short else None, row.churned_180d if long else None,
            *(rate_90d if short else [None] * 3),
            of_counts(row.churned_180d, row.customers)[0] if long else None,
            row.lost_90d if short else None, row.lost_180d if long else None,
        ]  # fmt: skip
    assert {category for _, category in theirs} == {"promoter", "passive", "detractor", "none"}
    assert_same(ours, theirs)


def band_of(population: str, rate: float | None) -> str | None:
    """The benchmark band of a conversion rate."""
    with (PROJECT / "seeds" / "benchmark_bands.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["metric"] == "trial_conversion_rate" and row["population"] == population and (
                rate is not None and float(row["from_rate"]) <= rate < float(row["below_rate"] or "inf")
            ):  # fmt: skip
                return row["band"]
    return None


@pytest.mark.parametrize("segment_type", ["all", *OWN])
def test_trials_of_every_month_and_segment(built: Built, segment_type: str) -> None:
    ours = {
        (month, card, value): rest
        for month, card, value, *rest in built.rows(
            "select period_month, card_on_file, segment_value, trials, converted, customers,"
            " converted_customers, is_mature, benchmark_band, conversion_rate, conversion_rate_low,"
            " conversion_rate_high from marts.fct_trial_conversion_monthly where segment_type = ?",
            segment_type,
        )
    }
    segment = segments_of_everyone(built)[segment_type]
    groups: dict[tuple[date, str, str], list[Trial]] = defaultdict(list)
    for trial in trials(built.oracle):
        for card in ("all", CARDS[trial.card_on_file]):
            groups[trial.started_on.replace(day=1), card, segment[trial.customer_id]].append(trial)
    theirs = {}
    for key, found in groups.items():
        won = [trial for trial in found if trial.converted_on]
        rates = of_counts(len(won), len(found))
        is_mature = all(trial.is_mature for trial in found)
        theirs[key] = [
            len(found), len(won), len({t.customer_id for t in found}), len({t.customer_id for t in won}),
            is_mature, band_of(key[1], rates[0]) if is_mature else None, *rates,
        ]  # fmt: skip
    assert_same(ours, theirs)


def test_every_stage_that_a_lead_or_deal_passed(built: Built) -> None:
    ours = {
        (native(journey), stage): rest
        for journey, stage, *rest in built.rows(
            "select journey_id, stage, entry_month, is_skipped, is_reentered, is_won, advanced_at is null,"
            " days_in_stage, channel, campaign, team, sales_route from marts.fct_funnel_entries"
        )
    }
    theirs = {
        (p.journey_id, p.stage): [
            entry_month(built, p), p.is_skipped, p.is_reentered, p.is_won, p.advanced_at is None, p.days,
            p.labels["channel"], p.labels["campaign"], p.labels["team"], p.labels["sales_route"],
        ]
        for p in passages(built.tables, built.oracle)
    }  # fmt: skip
    assert any(row[1] for row in theirs.values()) and any(row[3] for row in theirs.values())
    assert_same(ours, theirs)


def entry_month(built: Built, passage: Passage) -> date:
    """The local month in which a stage was entered."""
    return built.oracle.local_day(passage.entered_at).replace(day=1)


@pytest.mark.parametrize("segment_type", ["all", "channel", "campaign", "team", "sales_route"])
def test_the_funnel_of_every_month(built: Built, segment_type: str) -> None:
    ours = {
        (month, stage, value): rest
        for month, stage, value, *rest in built.rows(
            "select period_month, stage, segment_value, entered, advanced, won, skipped, reentered,"
            " median_days, conversion_rate, conversion_rate_low, conversion_rate_high, win_rate"
            " from marts.fct_funnel_monthly where segment_type = ?",
            segment_type,
        )
    }
    groups: dict[tuple[date, str, str], list[Passage]] = defaultdict(list)
    for passage in passages(built.tables, built.oracle):
        groups[entry_month(built, passage), passage.stage, passage.labels[segment_type]].append(passage)
    theirs = {key: funnel_figures(built, key[0], key[1], found) for key, found in groups.items()}
    assert {stage for _, stage, _ in theirs} == set(STAGES)
    assert_same(ours, theirs)


def funnel_figures(built: Built, month: date, stage: str, found: Sequence[Passage]) -> list[Any]:
    """Counts of one stage and entry month, and the rates of a month that is over."""
    advanced, won = sum(1 for p in found if p.advanced_at), sum(1 for p in found if p.is_won)
    days = [p.days for p in found if p.days is not None]
    over = month < built.oracle.today.replace(day=1)
    return [
        len(found), advanced, won, sum(1 for p in found if p.is_skipped),
        sum(1 for p in found if p.is_reentered), median(days) if days else None,
        *(of_counts(advanced, len(found)) if over and stage != "won" else [None] * 3),
        of_counts(won, len(found))[0] if over else None,
    ]  # fmt: skip


def costs_of(built: Built) -> dict[str, dict[date, Decimal]]:
    """Channel (`all` for the total) to its cost by month."""
    found: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for month in built.oracle.months():
        tables = built.tables
        spent = cost_of_month(built.oracle, month, tables["acquisition_costs"], tables["ad_spend"])
        for channel, cost in spent.items():
            found[channel][month] += cost
            found["all"][month] += cost
    return found


def figures(row: Economics) -> list[Any]:
    """In the order of the query below."""
    worth = None if row.ltv is None or not row.cac else row.ltv / row.cac
    return [
        row.cost, row.new_customers, row.new_mrr, row.gross_margin, row.new_gross_margin,
        row.cac, row.payback_months, row.arpa, row.mean_churn,
        row.ltv, row.ltv_low, row.ltv_60m, row.ltv_observed, worth,
    ]  # fmt: skip


@pytest.mark.parametrize("segment_type", ["all", "acquisition_channel"])
def test_what_a_customer_costs_and_is_worth(built: Built, segment_type: str) -> None:
    ours = {
        (channel, month): rest
        for channel, month, *rest in built.rows(
            "select channel, period_month, sales_marketing_cost, new_customers, new_mrr, gross_margin,"
            " new_gross_margin, cac, cac_payback_months, arpa, mean_churn_rate, ltv, ltv_low, ltv_60m,"
            " ltv_observed, ltv_to_cac"
            " from marts.fct_unit_economics_monthly where not is_partial and (channel = 'all') = ?"
            " and (arpa is not null or sales_marketing_cost <> 0 or new_customers > 0)",
            segment_type == "all",
        )
    }
    costs, segment = costs_of(built), segments_of(built)[segment_type]
    resellers = segments_of(built)["reseller"].get
    theirs: Mapping[Any, list[Any]] = {
        (channel, month): figures(row)
        for channel in {*segment.values(), *(set(costs) - {"all"} if segment_type != "all" else ())}
        for month, row in economics(built.retention, costs[channel], segment.get, channel, resellers)
        if row.arpa is not None or row.cost or row.new_customers
    }
    assert all(any(row[place] for row in theirs.values()) for place in (11, 12, 13))
    assert_same(ours, theirs)
