"""How the figures come about of requests to end, of what customers use and of what they speak of."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from orchestration.explain.figure import (
    CUSTOMER_LABELS,
    MONTH_GOES_ON,
    OVER,
    ROW_LABELS,
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

_SAVES = Place("fct_saves_monthly", "segment_type = 'all'")
_ONBOARDING = Place("fct_onboarding_monthly", "segment_type = 'all'")
_FEATURES = Place("fct_feature_adoption_monthly", by="feature")
_THEMES = Place("fct_feedback_themes_monthly", by="theme")


def _requests(name: str, says: str, value: str, where: str = "true") -> Input:
    return Input(
        name,
        says,
        f"select customer_id as of, {value} as value from fct_end_requests "
        f"where period_month = $month and {where} {{either}} group by customer_id",
        ("end_requests",),
        labels=CUSTOMER_LABELS + ROW_LABELS,
    )


def _start(name: str, says: str, where: str) -> Input:
    return Input(
        name,
        says,
        "select customer_id as of, 1 as value from fct_onboarding "
        f"where period_month = $month and {where} {{customers}}",
        ("onboarding",),
    )


def _retention_of(state: str, words: str) -> tuple[Input, Input]:
    """Those whose 90 days are over, and of them those who are still there."""
    over = f"activation_state = '{state}' and is_retained_90d"
    return (
        _start(f"{state}_customers_90d", f"customers {words} whose 90 days are over", f"{over} is not null"),
        _start(f"{state}_retained_90d", "of them, those with MRR after 90 days", over),
    )


def _feature(name: str, says: str, value: str, where: str = "true") -> Input:
    return Input(
        name,
        says,
        f"select customer_id as of, {value} as value from fct_feature_customers_monthly "
        f"where period_month = $month and feature = $segment_value and {where}",
        ("feature_use",),
        labels=("feature",),
    )


def _of_feature(name: str, says: str) -> Input:
    """What the row of the feature says of who does not use it: nothing tells those by customer."""
    of_all = told(_FEATURES, name, says)
    return replace(of_all, query=f"{of_all.query} and feature = $segment_value", labels=("feature",))


def _theme(name: str, says: str, value: str, said_as: str, category: str | None = None) -> Input:
    of_category = f" and category = '{category}'" if category else ""
    return Input(
        name,
        says,
        f"select coalesce(customer_id, 'no customer') as of, {value} as value from fct_feedback_themes "
        f"where period_month = $month and theme = $segment_value and said_as = '{said_as}'{of_category} "
        "group by 1",
        ("said",),
        (said_as,),
        labels=("theme",),
    )


REQUESTS = _requests("save_requests", "subscriptions that were asked to end", "count(*)")
WITHDRAWN = _requests("withdrawn_requests", "those taken back", "count(withdrawn_on)")
OFFERED = _requests("offered_requests", "those given an offer within 30 days", "count(offered_on)")
REQUESTED_MRR = _requests("requested_mrr", "MRR of what was asked to end", "sum(mrr_at_request)")
OBSERVED = _requests(
    "observed_requests", "subscriptions asked to end whose 90 days are over", "count(is_saved)"
)
SAVED = _requests(
    "saved_requests", "of them, taken back and still paying after 90 days", "count(*)", "is_saved"
)
SAVED_MRR = _requests(
    "saved_mrr",
    "MRR that those taken back still pay after 90 days, growth left out",
    "sum(saved_mrr)",
    "is_saved",
)
OFFERED_OBSERVED = _requests(
    "offered_observed_requests",
    "subscriptions asked to end, given an offer, whose 90 days are over",
    "count(is_saved)",
    "offered_on is not null",
)
OFFERED_SAVED = _requests(
    "offered_saved_requests",
    "of them, taken back and still paying after 90 days",
    "count(*)",
    "is_saved and offered_on is not null",
)
ACTIVATED = _start(
    "activated_customers",
    "customers who began in the month and did the first key action in time",
    "activation_state = 'activated'",
)
MEASURED = _start(
    "measured_customers",
    "customers who began in the month, whose time is over and known",
    "activation_state in ('activated', 'not_activated')",
)
STARTS = {
    "activated": _retention_of("activated", "who did the first key action in time"),
    "not_activated": _retention_of("not_activated", "who did not do it in time"),
}
FEATURE_USERS = _feature("feature_users", "customers who used the feature, paying or not", "1")
FEATURE_CUSTOMERS = _feature("feature_customers", "those with MRR at the end who used it", "1", "mrr > 0")
FEATURE_MRR = _feature("feature_mrr", "MRR of who used the feature, at the end", "mrr")
FEATURE_COMPARED = _feature(
    "feature_compared_customers",
    "those with non-users of their tenure beside them, whose 90 days are over",
    "1",
    "is_compared and churned_90d is not null",
)
FEATURE_CHURNED = _feature(
    "feature_churned_customers", "of them, left within 90 days", "1", "is_compared and churned_90d = 1"
)
FEATURE_ALL_CUSTOMERS = _of_feature("all_customers", "all customers with MRR at the end")
FEATURE_ALL_MRR = _of_feature("all_mrr", "all MRR at the end")
FEATURE_NON_USERS = _of_feature("compared_non_users", "non-users of the same tenure")
FEATURE_OTHERS_RATE = _of_feature(
    "non_users_churn_rate_90d", "their churn in the 90 days, weighted by tenure as the users are"
)
THEME_ANSWERS = _theme("theme_answers", "answers that speak of it", "count(*)", "answer")
THEME_PROMOTERS = _theme(
    "theme_promoters", "answers that speak of it, with 9 or 10", "count(*)", "answer", "promoter"
)
THEME_DETRACTORS = _theme(
    "theme_detractors", "answers that speak of it, with 0 to 6", "count(*)", "answer", "detractor"
)
THEME_MRR = _theme("theme_mrr", "MRR of the customers of these answers at the end", "max(mrr)", "answer")
THEME_DETRACTORS_MRR = _theme(
    "theme_detractors_mrr",
    "MRR of the customers with a detractor's answer",
    "max(mrr)",
    "answer",
    "detractor",
)
THEME_CHURNED = _theme(
    "theme_churned_customers",
    "customers who left and named it",
    "count(distinct customer_id)",
    "churn",
)
THEME_CHURNED_MRR = _theme("theme_churned_mrr", "MRR of who left and named it", "sum(mrr)", "churn")

USE_FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "save_requests": at(plain(REQUESTS), _SAVES, column="requests"),
        **{
            one.name: at(plain(one), _SAVES)
            for one in (
                WITHDRAWN,
                OFFERED,
                REQUESTED_MRR,
                OBSERVED,
                SAVED,
                OFFERED_OBSERVED,
                OFFERED_SAVED,
            )
        },
        "save_rate": at(
            rate_of(SAVED, OBSERVED, "fewer requests than min_n whose 90 days are over"),
            _SAVES,
            "save_rate_low",
            "save_rate_high",
            "offered_save_rate",
            "not_offered_save_rate",
        ),
        "offered_save_rate": at(
            rate_of(
                OFFERED_SAVED,
                OFFERED_OBSERVED,
                "fewer requests with an offer than min_n whose 90 days are over",
            ),
            _SAVES,
            "offered_save_rate_low",
            "offered_save_rate_high",
            "not_offered_save_rate",
        ),
        "saved_mrr": at(plain(SAVED_MRR), _SAVES, "requested_mrr", "is_mature"),
        "activated_customers": at(plain(ACTIVATED), _ONBOARDING),
        "activation_rate": at(
            rate_of(ACTIVATED, MEASURED, "fewer customers than min_n whose time is over"),
            _ONBOARDING,
            "activation_rate_low",
            "activation_rate_high",
            "median_days_to_activation",
            "is_mature",
        ),
        **{
            f"{state}_retention_rate_90d": at(
                rate_of(retained, over, "fewer customers than min_n whose 90 days are over"),
                _ONBOARDING,
                f"{state}_retention_rate_90d_low",
                f"{state}_retention_rate_90d_high",
            )
            for state, (over, retained) in STARTS.items()
        },
        "feature_users": at(plain(FEATURE_USERS), _FEATURES, column="users"),
        "feature_customers": at(plain(FEATURE_CUSTOMERS), _FEATURES, column="customers"),
        "feature_mrr": at(plain(FEATURE_MRR), _FEATURES, column="mrr"),
        "feature_compared_customers": at(plain(FEATURE_COMPARED), _FEATURES, column="compared_users"),
        "feature_churned_customers": at(plain(FEATURE_CHURNED), _FEATURES, column="churned_users_90d"),
        "feature_adoption_rate": at(
            rate(
                "feature_customers / all_customers",
                ratio("$feature_customers", "$all_customers"),
                FEATURE_CUSTOMERS,
                FEATURE_ALL_CUSTOMERS,
                when=OVER,
                hidden=MONTH_GOES_ON,
            ),
            _FEATURES,
            column="adoption_rate",
        ),
        "feature_mrr_share": at(
            rate(
                "feature_mrr / all_mrr",
                ratio("$feature_mrr", "$all_mrr"),
                FEATURE_MRR,
                FEATURE_ALL_MRR,
                when=OVER,
                hidden=MONTH_GOES_ON,
            ),
            _FEATURES,
            column="mrr_share",
        ),
        "feature_churn_difference_90d": at(
            rate(
                "feature_churned_customers / feature_compared_customers - non_users_churn_rate_90d",
                f"{ratio('$feature_churned_customers', '$feature_compared_customers')}"
                " - $non_users_churn_rate_90d",
                FEATURE_CHURNED,
                FEATURE_COMPARED,
                FEATURE_NON_USERS,
                FEATURE_OTHERS_RATE,
                hidden="the 90 days are not over, or users or non-users are fewer than min_n",
            ),
            _FEATURES,
            "churn_difference_90d_low",
            "churn_difference_90d_high",
            column="churn_difference_90d",
        ),
        **{
            one.name: at(plain(one), _THEMES, column=one.name.removeprefix("theme_"))
            for one in (
                THEME_ANSWERS,
                THEME_PROMOTERS,
                THEME_DETRACTORS,
                THEME_MRR,
                THEME_DETRACTORS_MRR,
                THEME_CHURNED,
                THEME_CHURNED_MRR,
            )
        },
    }
)
"""By the name that the metrics have."""
