-- Grain: one row per month and feature that breaks the rule: the difference is not that of both
-- rates, or a rate or the difference lies outside its bounds.
with adoption as (
    select * from {{ ref('fct_feature_adoption_monthly') }}
    where churn_difference_90d is not null
)

select
    {{ told('period_month') }}
    || ', ' || {{ told('feature') }}
    || ': churn of users ' || {{ told('users_churn_rate_90d') }}
    || ', of non-users ' || {{ told('non_users_churn_rate_90d') }}
    || ', difference ' || {{ told('churn_difference_90d') }}
    || ' from ' || {{ told('churn_difference_90d_low') }}
    || ' to ' || {{ told('churn_difference_90d_high') }} as message,
    period_month,
    feature
from adoption
where
    coalesce(
        abs(users_churn_rate_90d - non_users_churn_rate_90d - churn_difference_90d) > 0.000001,
        true
    )
    or coalesce(
        churn_difference_90d < churn_difference_90d_low
        or churn_difference_90d > churn_difference_90d_high,
        true
    )
    or coalesce(
        non_users_churn_rate_90d < non_users_churn_rate_90d_low
        or non_users_churn_rate_90d > non_users_churn_rate_90d_high,
        true
    )
    or non_users_churn_rate_90d not between 0 and 1
    or users_churn_rate_90d not between 0 and 1
