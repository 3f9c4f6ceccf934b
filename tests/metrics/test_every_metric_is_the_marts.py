"""Every metric by month and label is what the mart of its domain says: money to the last digit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.machine.limits import Limits
from orchestration.metrics.answer import answer
from orchestration.metrics.catalogue import load_catalogue
from orchestration.metrics.question import Question
from tests.equivalence.warehouses import Built

OWN = ("country", "sales_model", "acquisition_channel", "reseller", "currency")
LABELS = (*OWN, "cohort_year", "size_band")
ITEMS = ("plan", "product")
Rows = dict[Any, dict[str, Any]]


@dataclass(frozen=True)
class Mart:
    """A table of segments, the labels that it shares with metrics, and the metrics that it tells."""

    table: str
    labels: tuple[str, ...]
    metrics: dict[str, str]
    """The column of each metric."""
    of: str = "true"
    """The rows that are compared."""
    keys: tuple[str, ...] = ()
    """Labels that every row has beside its segment."""
    month: str = "period_month"
    hidden: tuple[str, ...] = field(default=("customer_churn_rate", "customer_churn_rate_12m"))
    """Metrics that the mart leaves out below min_n."""


def same(*names: str) -> dict[str, str]:
    return dict(zip(names, names, strict=True))


MARTS = (
    Mart(
        "fct_mrr_monthly",
        LABELS,
        same(
            "opening_mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr",
            "fx_mrr", "closing_mrr", "arr", "committed_mrr", "opening_customers", "new_customers",
            "churned_customers", "reactivated_customers", "closing_customers", "arpa", "asp", "quick_ratio",
        ),
    ),
    Mart(
        "fct_mrr_monthly",
        ITEMS,
        same("opening_mrr", "fx_mrr", "closing_mrr", "arr", "closing_customers", "arpa"),
    ),
    Mart(
        "fct_churn_monthly",
        LABELS,
        {
            **same(
                "starting_customers", "voluntary_customers", "involuntary_customers", "unknown_customers",
                "paused_customers", "starting_mrr", "customer_churn_rate", "gross_mrr_churn_rate",
                "net_mrr_churn_rate", "grr", "nrr",
            ),
            "lost_customers": "churned_customers",
        },
        of="not is_partial",
    ),
    Mart(
        "fct_churn_annual",
        LABELS,
        {
            "starting_customers_12m": "starting_customers",
            "lost_customers_12m": "churned_customers",
            "starting_mrr_12m": "starting_mrr",
            "customer_churn_rate_12m": "customer_churn_rate",
            "grr_12m": "grr",
            "nrr_12m": "nrr",
        },
    ),
    Mart(
        "fct_cohort_retention",
        (*LABELS, *ITEMS),
        {
            **same("cohort_customers", "cohort_mrr", "revenue_retention", "logo_retention"),
            "cohort_active_customers": "active_customers",
            "cohort_active_mrr": "mrr",
        },
        keys=("months_since",),
        month="cohort_month",
        hidden=("logo_retention",),
    ),
    Mart(
        "fct_nps_monthly",
        (*LABELS, *ITEMS),
        {
            "nps": "nps",
            "nps_responses": "responses",
            "nps_promoters": "promoters",
            "nps_detractors": "detractors",
        },
        keys=("survey",),
    ),
    Mart(
        "fct_trial_conversion_monthly",
        OWN,
        {"trials": "trials", "converted_trials": "converted", "trial_conversion_rate": "conversion_rate"},
        of="card_on_file = 'all'",
        hidden=("trial_conversion_rate",),
    ),
    Mart(
        "fct_onboarding_monthly",
        OWN,
        {
            "onboarded_customers": "customers",
            "activated_customers": "activated_customers",
            "measured_customers": "activated_customers + not_activated_customers",
            "activation_rate": "activation_rate",
            **same(
                *(f"{state}_{what}_{days}d"
                  for state in ("activated", "not_activated")
                  for what in ("customers", "retained", "retention_rate")
                  for days in (90, 180))
            ),
        },
        hidden=(
            "activation_rate",
            *(f"{state}_retention_rate_{days}d"
              for state in ("activated", "not_activated") for days in (90, 180)),
        ),
    ),
    Mart(
        "fct_saves_monthly",
        (*LABELS, *ITEMS),
        {
            "save_requests": "requests",
            **same(
                "withdrawn_requests", "offered_requests", "observed_requests", "saved_requests",
                "offered_observed_requests", "offered_saved_requests", "requested_mrr", "saved_mrr",
                "save_rate", "offered_save_rate", "not_offered_save_rate",
            ),
        },
        hidden=("save_rate", "offered_save_rate", "not_offered_save_rate"),
    ),
    Mart("fct_revenue_monthly", (*LABELS, *ITEMS), same("gross_revenue", "net_revenue")),
    Mart(
        "fct_mrr_forecast",
        ("plan", "sales_model"),
        {
            "forecast_mrr": "expected_mrr",
            "forecast_low_80": "low_80",
            "forecast_high_80": "high_80",
            "forecast_kept_mrr": "kept_mrr",
            "forecast_expansion_mrr": "expansion_mrr",
            "forecast_new_mrr": "new_mrr",
            "forecast_known_mrr": "known_mrr",
            "forecast_adjustment_mrr": "adjustment_mrr",
        },
    ),
    Mart(
        "fct_renewals_monthly",
        ("term", "due_mrr"),
        {
            "renewals_due": "due_subscriptions",
            "renewals_due_mrr": "due_mrr",
            "renewals_open": "open_subscriptions",
            "renewals_open_mrr": "open_mrr",
            "renewals_kept_mrr": "kept_mrr",
            "renewal_rate": "renewal_rate",
            "gross_renewal_rate": "gross_renewal_rate",
            "net_renewal_rate": "net_renewal_rate",
        },
        hidden=("renewal_rate",),
    ),
)  # fmt: skip
PLAIN = (
    Mart(
        "fct_customer_concentration_monthly",
        (),
        same("top_1_share", "top_5_share", "top_10_share", "top_20_share", "herfindahl_index"),
    ),
    Mart(
        "fct_arr_waterfall",
        (),
        same("net_new_arr", "carr"),
        of="period_type = 'quarter'",
        month="period_start",
    ),
    Mart(
        "fct_arr_waterfall",
        (),
        same(
            "new_arr", "expansion_arr", "contraction_arr", "churned_arr", "reactivation_arr", "fx_arr",
            "net_new_arr", "closing_arr", "carr",
        ),
        of="period_type = 'quarter'",
        month="period_start",
    ),
    Mart(
        "fct_efficiency_quarterly",
        (),
        same(
            "total_costs", "customer_cash", "net_burn", "magic_number", "burn_multiple", "rule_of_40_rate"
        ),
        month="period_start",
    ),
    Mart(
        "fct_usage_retention_monthly",
        (),
        {"nrr_with_usage_12m": "nrr_with_usage"},
        of="period_months = 12",
    ),
    Mart("fct_usage_retention_monthly", (), same("nrr_with_usage"), of="period_months = 1"),
    Mart(
        "fct_feature_adoption_monthly",
        ("feature",),
        {
            "feature_customers": "customers",
            "feature_mrr": "mrr",
            "feature_adoption_rate": "adoption_rate",
            "feature_mrr_share": "mrr_share",
            "feature_churned_customers": "churned_users_90d",
            "feature_users_churn_rate_90d": "users_churn_rate_90d",
            "feature_churn_difference_90d": "churn_difference_90d",
        },
        of="not is_partial",
        hidden=("feature_users_churn_rate_90d",),
    ),
    Mart(
        "fct_feedback_themes_monthly",
        ("theme",),
        {
            "theme_answers": "answers",
            "theme_promoters": "promoters",
            "theme_detractors": "detractors",
            "theme_mrr": "mrr",
            "theme_detractors_mrr": "detractors_mrr",
            "theme_churned_customers": "churned_customers",
            "theme_churned_mrr": "churned_mrr",
        },
    ),
    Mart(
        "fct_unit_economics_monthly",
        ("acquisition_channel",),
        same(
            "sales_marketing_cost", "cac", "cac_payback_months", "ltv", "ltv_low", "ltv_60m",
            "ltv_observed", "ltv_to_cac",
        ),
        of="not is_total",
    ),
    Mart(
        "fct_deferred_revenue_monthly",
        ("currency",),
        {"deferred_revenue": "closing", "unbilled_revenue": "unbilled_closing"},
        of="not is_total",
    ),
    Mart(
        "fct_payment_recovery_monthly",
        ("method", "failure_code"),
        same(
            "failed_invoices", "recovered_invoices", "lost_invoices", "open_invoices", "failed_amount",
            "recovered_amount", "recovery_rate",
        ),
        of="method <> 'all' and failure_code <> 'all' and not is_partial",
    ),
)  # fmt: skip
"""Marts whose labels are columns of their own."""


def asked(published: Path, metrics: tuple[str, ...], by: tuple[str, ...]) -> Rows:
    found = answer(published, Limits(), Question(metrics, by))
    keys = 1 + len(by)
    return {row[:keys]: dict(zip(metrics, row[keys:], strict=True)) for row in found.rows}


def compare(mart: Mart, ours: Rows, theirs: Iterator[tuple[Any, ...]], keys: int) -> None:
    compared = 0
    seen = set()
    for row in theirs:
        seen.add(row[:keys])
        for metric, expected in zip(mart.metrics, row[keys:], strict=True):
            said = ours.get(row[:keys], {}).get(metric)
            if expected is None and metric in mart.hidden:
                continue
            # What has no row in a table of customers is a 0 in a table of segments.
            assert alike(said, expected), (metric, row[:keys], said, expected)
            compared += bool(expected)
    extra = {key: row for key, row in ours.items() if key not in seen and any(row.values())}
    assert not extra, list(extra.items())[:5]
    assert compared > 10


def alike(ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None:
        return not ours and not theirs
    if isinstance(theirs, Decimal):
        return bool(Decimal(ours) == theirs)
    return bool(ours == pytest.approx(theirs, rel=1e-9, abs=1e-9))


@pytest.mark.parametrize(
    ("mart", "label"),
    [
        pytest.param(mart, label, id=f"{mart.table} by {label}")
        for mart in MARTS
        for label in (None, *mart.labels)
    ],
)
def test_by_month_and_label(built: Built, published: Path, mart: Mart, label: str | None) -> None:
    keys = tuple("cast(months_since as varchar)" if key == "months_since" else key for key in mart.keys)
    columns = (mart.month, *keys, *(("segment_value",) if label else ()))
    theirs = built.rows(
        f"select {', '.join((*columns, *mart.metrics.values()))} from marts.{mart.table}"
        f" where segment_type = ? and {mart.of}",
        label or "all",
    )
    ours = asked(published, tuple(mart.metrics), (*mart.keys, *((label,) if label else ())))
    compare(mart, ours, iter(theirs), len(columns))


@pytest.mark.parametrize("mart", [pytest.param(mart, id=mart.table) for mart in PLAIN])
def test_by_month_and_labels_of_its_own(built: Built, published: Path, mart: Mart) -> None:
    columns = (mart.month, *("channel" if one == "acquisition_channel" else one for one in mart.labels))
    theirs = built.rows(
        f"select {', '.join((*columns, *mart.metrics.values()))} from marts.{mart.table} where {mart.of}"
    )
    compare(mart, asked(published, tuple(mart.metrics), mart.labels), iter(theirs), len(columns))


def test_deferred_credits_are_those_of_all_customers(built: Built, published: Path) -> None:
    mart = Mart("fct_prepaid_credits_monthly", ("currency",), {"deferred_credits": "deferred"})
    theirs = built.rows(
        "select period_month, currency, sum(deferred) from marts.fct_prepaid_credits_monthly group by all"
    )
    compare(mart, asked(published, ("deferred_credits",), mart.labels), iter(theirs), 2)


def test_price_changes_are_those_of_all_customers(rising: Built, published_rising: Path) -> None:
    mart = Mart(
        "fct_price_changes",
        ("plan", "direction"),
        {
            "price_change_customers": "customers",
            "price_change_mrr": "mrr_effect",
            "price_change_churned_customers": "churned_90d",
        },
    )
    theirs = rising.rows(
        "select period_month, plan, direction, cast(sum(customers) as bigint), sum(mrr_effect),"
        " (select cast(sum(met.churned_90d) as bigint) from marts.fct_price_change_customers as met"
        " where met.period_month = changes.period_month and met.plan = changes.plan"
        " and met.direction = changes.direction)"
        " from marts.fct_price_changes as changes where scope = 'change' group by all"
    )
    compare(mart, asked(published_rising, tuple(mart.metrics), mart.labels), iter(theirs), 3)


def test_what_is_open_by_risk_adds_up_to_what_is_due(built: Built, published: Path) -> None:
    """The risk of a renewal is no label of the mart of months."""
    theirs = built.rows(
        "select period_month, coalesce(renewal_risk, 'settled'), count(*), sum(due_mrr)"
        " from marts.fct_renewals group by all"
    )
    mart = Mart("fct_renewals", ("renewal_risk",), {"renewals_due": "", "renewals_due_mrr": ""})
    compare(mart, asked(published, tuple(mart.metrics), mart.labels), iter(theirs), 2)


def test_a_metric_of_the_company_is_the_column_of_its_month(built: Built, published: Path) -> None:
    """Each metric that is called like a column of fct_company_monthly, but for the survey that NPS names."""
    columns = [name for (name, *_) in built.rows("describe marts.fct_company_monthly")]
    metrics = [one for one in load_catalogue(published).metrics.values() if one.name in columns]
    assert len(metrics) > 45
    plain = [one.name for one in metrics if not one.needs]
    mart = Mart(
        "fct_company_monthly",
        (),
        same(*plain),
        hidden=("customer_churn_rate", "customer_churn_rate_12m", "trial_conversion_rate", "recovery_rate",
                "net_revenue", "gross_revenue", "lost_customers"),
    )  # fmt: skip
    theirs = built.rows(
        f"select period_month, {', '.join(plain)} from marts.fct_company_monthly where not is_partial"
    )
    ours = asked(published, tuple(plain), ())
    months = {row[:1] for row in theirs}
    compare(mart, {key: row for key, row in ours.items() if key in months}, iter(theirs), 1)


def test_labels_no_mart_has_add_up_to_the_company(built: Built, published: Path) -> None:
    """The CRM segment and the billing interval split MRR, and movements, without a rest."""
    for label in ("segment", "billing_interval"):
        whole = asked(published, ("closing_mrr", "new_mrr"), ())
        parts = asked(published, ("closing_mrr", "new_mrr"), (label,))
        assert len({key[1] for key in parts}) > 1
        for key, row in whole.items():
            for metric, amount in row.items():
                assert sum(part[metric] or 0 for of, part in parts.items() if of[0] == key[0]) == amount


def test_several_labels_and_conditions_at_once(built: Built, published: Path) -> None:
    ours = answer(
        published,
        Limits(),
        Question(("closing_mrr",), ("country", "plan")),
    )
    theirs = built.rows(
        "select period_month, country, plan, sum(closing_mrr) from marts.fct_customer_plan_mrr_monthly"
        " group by all order by 1, 2, 3"
    )
    assert list(ours.rows) == theirs
