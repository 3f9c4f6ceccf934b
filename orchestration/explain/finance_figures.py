"""How the figures come about that finance asks of other marts."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from orchestration.explain.company_figures import CLOSING, CLOSING_CUSTOMERS, GROSS_MARGIN
from orchestration.explain.figure import (
    MONTH_GOES_ON,
    OVER,
    Evidence,
    Figure,
    Input,
    Place,
    at,
    plain,
    rate,
    rate_of,
    ratio,
    told,
)

_RENEWALS = Place("fct_renewals_monthly", "segment_type = 'all'")
_QUARTERS = Place("fct_arr_waterfall", "period_type = 'quarter'", "period_start", 3)
_EFFICIENCY = Place("fct_efficiency_quarterly", period="period_start", months=3)
_FORECAST = Place("fct_mrr_forecast", "segment_type = 'all'")
_ECONOMICS = Place("fct_unit_economics_monthly", "channel = 'all'")
_CONCENTRATION = Place("fct_customer_concentration_monthly")
_PRICES = Place("fct_price_changes", "scope = 'change'", total="sum({column})")
_QUARTER_GOES_ON = "the quarter is not over"


def _segment(place: Place, name: str, says: str, labels: tuple[str, ...], column: str = "") -> Input:
    """The same of a segment too."""
    of_all = told(replace(place, rows="segment_type = $segment_type"), name, says, column)
    return replace(of_all, query=f"{of_all.query} and segment_value = $segment_value", labels=labels)


def _renewals(name: str, says: str, value: str, where: str = "true") -> Input:
    return Input(
        name,
        says,
        f"select customer_id as of, {value} as value from fct_renewals "
        f"where period_month = $month and {where} {{rows}} group by customer_id",
        ("renewals",),
        labels=("term",),
    )


def _arr(name: str, says: str, *types: str, evidence: Evidence = "movements", months: str = "") -> Input:
    column = name.replace("_arr", "_mrr")
    return Input(
        name,
        says,
        f"select customer_id as of, sum({column}) * 12 as value from fct_customer_plan_mrr_monthly "
        f"where period_month {months or 'between $first_month and $month'} {{customers}} "
        f"group by customer_id having sum({column}) <> 0",
        (evidence,),
        types,
        labels=(),
    )


def _prices(name: str, says: str, value: str) -> Input:
    return Input(
        name,
        says,
        f"select customer_id as of, sum({value}) as value from fct_price_change_customers "
        "where period_month = $month {customers} group by customer_id",
        ("price_changes",),
        labels=(),
    )


def _with_usage(name: str, says: str, months: int, *evidence: Evidence) -> Input:
    return Input(
        name,
        says,
        f"select customer_id as of, {name} as value from fct_usage_retention_customers "
        f"where period_month = $month and period_months = {months} and {name} <> 0",
        evidence,
        ("expansion", "contraction", "churn", "reactivation") if "movements" in evidence else (),
        labels=(),
    )


def _top(count: int) -> Input:
    return Input(
        f"top_{count}_mrr",
        f"MRR of the {count} largest of them" if count > 1 else "MRR of the largest of them",
        "select customer_id as of, closing_mrr as value from fct_customer_mrr_monthly "
        "where period_month = $month and closing_mrr > 0 "
        f"qualify row_number() over (order by closing_mrr desc, customer_id) <= {count}",
        ("held_at_end",),
        labels=(),
    )


_SETTLED = "outcome <> 'open'"
DUE = _renewals("renewals_due", "terms that end in the month", "count(*)")
DUE_MRR = _renewals("renewals_due_mrr", "their MRR", "sum(due_mrr)")
SETTLED = _renewals("renewals_settled", "terms whose outcome is known", "count(*)", _SETTLED)
KEPT = _renewals(
    "renewals_kept", "of them, those with MRR afterwards", "count(*)", f"{_SETTLED} and outcome <> 'churned'"
)
SETTLED_MRR = _renewals("renewals_settled_mrr", "MRR due of them", "sum(due_mrr)", _SETTLED)
RENEWED_MRR = _renewals(
    "renewals_kept_mrr", "what each kept of it, growth left out", "sum(least(due_mrr, mrr_after))", _SETTLED
)
MRR_AFTER = _renewals("renewals_mrr_after", "their MRR afterwards", "sum(mrr_after)", _SETTLED)
OPEN_MRR = _renewals("renewals_open_mrr", "MRR due whose outcome is open", "sum(due_mrr)", "outcome = 'open'")

OPENING_ARR = _arr(
    "opening_arr", "ARR when the quarter began", evidence="held_at_start", months="= $first_month"
)
CLOSING_ARR = _arr("closing_arr", "ARR at its end", evidence="held_at_end", months="= $month")
NEW_ARR = _arr("new_arr", "ARR of new customers", "new")
EXPANSION_ARR = _arr("expansion_arr", "ARR gained by expansion", "expansion")
CONTRACTION_ARR = _arr("contraction_arr", "ARR lost by contraction", "contraction")
CHURNED_ARR = _arr("churned_arr", "ARR of customers who left", "churn")
REACTIVATION_ARR = _arr("reactivation_arr", "ARR of customers who came back", "reactivation")
MOVEMENTS = (NEW_ARR, EXPANSION_ARR, CONTRACTION_ARR, CHURNED_ARR, REACTIVATION_ARR)
_NET_NEW = " + ".join(f"${one.name}" for one in MOVEMENTS)
_NET_NEW_WORDS = " + ".join(one.name for one in MOVEMENTS)
SIGNED = told(_QUARTERS, "signed_not_live_arr", "ARR that is signed and begins later")
SCHEDULED = told(_QUARTERS, "scheduled_arr", "what running items are to change by later")
CANCELLED = told(_QUARTERS, "cancelled_arr", "ARR of customers who asked to end", "", "pending")
COST_BEFORE = told(_EFFICIENCY, "sales_marketing_cost_before", "sales and marketing cost, quarter before")
TOTAL_COSTS = told(_EFFICIENCY, "total_costs", "all costs of the quarter")
CUSTOMER_CASH = told(_EFFICIENCY, "customer_cash", "cash that customers paid, less refunds and tax")
GROWTH = told(_EFFICIENCY, "net_revenue_growth_rate", "growth of net revenue over a year")
OPERATING_MARGIN = told(_EFFICIENCY, "operating_margin_rate", "net revenue less all costs, as a share of it")

_FORECASTS = ("plan", "sales_model")
FORECAST_PARTS = (
    replace(
        _segment(
            _FORECAST,
            "forecast_kept_mrr",
            "what customers of the origin month keep of their MRR, by age of their cohort (chain-ladder)",
            _FORECASTS,
            "kept_mrr",
        ),
        evidence=("factors",),
    ),
    replace(
        _segment(
            _FORECAST,
            "forecast_expansion_mrr",
            "what they gain, by the same ladder",
            _FORECASTS,
            "expansion_mrr",
        ),
        evidence=("factors",),
    ),
    _segment(_FORECAST, "forecast_new_mrr", "MRR of customers who are to come", _FORECASTS, "new_mrr"),
    replace(
        _segment(
            _FORECAST,
            "forecast_known_mrr",
            "scheduled changes, less what is usually lost of the MRR asked to end",
            _FORECASTS,
            "known_mrr",
        ),
        evidence=("pending",),
    ),
    _segment(
        _FORECAST,
        "forecast_adjustment_mrr",
        "what a plan or sales model gains or gives so that all of them add up to the company",
        _FORECASTS,
        "adjustment_mrr",
    ),
)
_FORECAST_ERRORS = (
    "origin_month",
    "origin_mrr",
    "low_80",
    "high_80",
    "reason",
    "backtest_origins",
    "mean_error",
    "last_value_mean_error",
    "three_month_rule_mrr",
    "three_month_rule_mean_error",
    "is_three_month_rule_better",
)
MONTHS_LIVED = Input(
    "months_lived_60m",
    "months of its first 60 that a customer lives, by the survival known then",
    "select channel as of, months_lived_60m as value from fct_unit_economics_monthly "
    "where period_month = $month and channel = $segment_value and months_lived_60m is not null",
    by="company",
    labels=("acquisition_channel",),
)
PRICE_EFFECT = _prices(
    "price_change_mrr", "what the new prices did to the MRR of whom they reached", "mrr_effect"
)
PRICE_LEFT = _prices("left_90d", "of those customers, who left within 90 days", "churned_90d")
PRICE_LOST = _prices("lost_mrr_90d", "MRR that they lost in these days, by leaving or less", "mrr_lost_90d")
PRICE_REACHED = _prices("price_change_customers", "customers whom a price change reached", "1")

WITH_USAGE = {
    months: (
        _with_usage(
            "ending_mrr", "MRR at the end of who had any, or usage, at the start", months, "movements"
        ),
        _with_usage("ending_usage_mrr", "their usage MRR at the end", months, "usage"),
        _with_usage("starting_mrr", "their MRR at the start", months),
        _with_usage("starting_usage_mrr", "their usage MRR at the start", months),
    )
    for months in (1, 12)
}

FINANCE_FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "renewals_due": at(plain(DUE), _RENEWALS, column="due_subscriptions"),
        "renewals_due_mrr": at(plain(DUE_MRR), _RENEWALS, column="due_mrr"),
        "renewals_open_mrr": at(plain(OPEN_MRR), _RENEWALS, column="open_mrr"),
        "renewal_rate": at(
            rate_of(KEPT, SETTLED, "fewer settled terms than min_n"),
            _RENEWALS,
            "renewal_rate_low",
            "renewal_rate_high",
            "open_subscriptions",
            column="renewal_rate",
        ),
        "gross_renewal_rate": at(
            rate(
                "renewals_kept_mrr / renewals_settled_mrr",
                ratio("$renewals_kept_mrr", "$renewals_settled_mrr"),
                RENEWED_MRR,
                SETTLED_MRR,
            ),
            _RENEWALS,
            "open_mrr",
            column="gross_renewal_rate",
        ),
        "net_renewal_rate": at(
            rate(
                "renewals_mrr_after / renewals_settled_mrr",
                ratio("$renewals_mrr_after", "$renewals_settled_mrr"),
                MRR_AFTER,
                SETTLED_MRR,
            ),
            _RENEWALS,
            "open_mrr",
            column="net_renewal_rate",
        ),
        **{one.name: at(plain(one), _QUARTERS) for one in (OPENING_ARR, *MOVEMENTS, CLOSING_ARR)},
        "fx_arr": at(
            Figure(
                f"$closing_arr - $opening_arr - ({_NET_NEW})",
                (CLOSING_ARR, OPENING_ARR, *MOVEMENTS),
                "closing_arr - opening_arr - the five movements",
            ),
            _QUARTERS,
        ),
        "net_new_arr": at(Figure(_NET_NEW, MOVEMENTS, _NET_NEW_WORDS), _QUARTERS),
        "carr": at(
            Figure(
                "$closing_arr + $signed_not_live_arr + $scheduled_arr + $cancelled_arr",
                (CLOSING_ARR, SIGNED, SCHEDULED, CANCELLED),
                "closing_arr + signed_not_live_arr + scheduled_arr + cancelled_arr",
            ),
            _QUARTERS,
        ),
        "magic_number": at(
            rate(
                f"({_NET_NEW_WORDS}) / sales_marketing_cost_before",
                ratio(f"({_NET_NEW})", "$sales_marketing_cost_before"),
                *MOVEMENTS,
                COST_BEFORE,
                when=OVER,
                hidden=_QUARTER_GOES_ON,
            ),
            _EFFICIENCY,
        ),
        "burn_multiple": at(
            rate(
                f"(total_costs - customer_cash) / ({_NET_NEW_WORDS})",
                ratio("($total_costs - $customer_cash)", f"({_NET_NEW})"),
                TOTAL_COSTS,
                CUSTOMER_CASH,
                *MOVEMENTS,
                when=f"{OVER} and ({_NET_NEW}) > 0",
                hidden=f"{_QUARTER_GOES_ON}, or ARR did not grow in it",
            ),
            _EFFICIENCY,
        ),
        "rule_of_40_rate": at(
            rate(
                "net_revenue_growth_rate + operating_margin_rate",
                "$net_revenue_growth_rate + $operating_margin_rate",
                GROWTH,
                OPERATING_MARGIN,
            ),
            _EFFICIENCY,
            "net_revenue",
            "total_costs",
        ),
        "forecast_mrr": at(
            rate(
                " + ".join(one.name for one in FORECAST_PARTS),
                " + ".join(f"${one.name}" for one in FORECAST_PARTS),
                *FORECAST_PARTS,
                hidden="fewer than twelve months of history, or fewer customers than min_n",
            ),
            _FORECAST,
            *_FORECAST_ERRORS,
            column="expected_mrr",
        ),
        **{
            one.name: at(plain(one), _FORECAST, *_FORECAST_ERRORS, column=one.name.removeprefix("forecast_"))
            for one in FORECAST_PARTS
        },
        "ltv_60m": at(
            rate(
                "closing_mrr / closing_customers * gross_margin * months_lived_60m",
                f"{ratio('$closing_mrr', '$closing_customers')} * $gross_margin * $months_lived_60m",
                CLOSING,
                CLOSING_CUSTOMERS,
                GROSS_MARGIN,
                MONTHS_LIVED,
                when=OVER,
                hidden=MONTH_GOES_ON,
            ),
            _ECONOMICS,
            "ltv",
            "ltv_low",
        ),
        **{
            f"top_{count}_share": at(
                rate(
                    f"top_{count}_mrr / closing_mrr",
                    ratio(f"$top_{count}_mrr", "$closing_mrr"),
                    _top(count),
                    CLOSING,
                ),
                _CONCENTRATION,
                "herfindahl_index",
            )
            for count in (1, 5, 10, 20)
        },
        **{
            name: at(
                rate(
                    "(ending_mrr + ending_usage_mrr) / (starting_mrr + starting_usage_mrr)",
                    ratio("($ending_mrr + $ending_usage_mrr)", "($starting_mrr + $starting_usage_mrr)"),
                    *WITH_USAGE[months],
                    months=months,
                ),
                Place("fct_usage_retention_monthly", f"period_months = {months}"),
                "starting_customers",
                column="nrr_with_usage",
            )
            for name, months in (("nrr_with_usage", 1), ("nrr_with_usage_12m", 12))
        },
        "price_change_mrr": at(
            replace(plain(PRICE_EFFECT), inputs=(PRICE_EFFECT, PRICE_LEFT, PRICE_LOST)),
            _PRICES,
            column="mrr_effect",
        ),
        "price_change_customers": at(
            replace(plain(PRICE_REACHED), inputs=(PRICE_REACHED, PRICE_LEFT, PRICE_LOST)),
            _PRICES,
            column="customers",
        ),
    }
)
"""By the name that the metrics have, where one tells the same."""
