-- Grain: one row per month and feature that was used in it.
-- DECISIONS.md#users-and-non-users-of-a-feature
with users as (
    select * from {{ ref('fct_feature_customers_monthly') }}
),

customers as (
    select * from {{ ref('int_growth__tenured_customers') }}
),

band_totals as (
    select
        period_month,
        tenure_band,
        count(*) as customers,
        sum(is_churned) as churned
    from customers
    group by
        period_month,
        tenure_band
),

month_totals as (
    select
        period_month,
        cast(count(*) as bigint) as customers,
        {{ money_sum('closing_mrr') }} as mrr
    from customers
    group by period_month
),

-- Users without MRR at the month's end are in no band.
band_users as (
    select
        period_month,
        feature,
        tenure_band,
        is_compared,
        count(*) as users,
        count(tenure_band) as paying_users,
        sum(churned_90d) as churned_users,
        {{ money_sum('mrr') }} as mrr
    from users
    group by
        period_month,
        feature,
        tenure_band,
        is_compared
),

compared as (
    select
        band_users.*,
        band_totals.customers - band_users.paying_users as non_users,
        band_totals.churned - band_users.churned_users as churned_non_users
    from band_users
    left join band_totals
        on
            band_users.period_month = band_totals.period_month
            and band_users.tenure_band = band_totals.tenure_band
),

-- Each band counts with the share of the users that it has. A band without non-users tells nothing.
standardised as (
    select
        period_month,
        feature,
        cast(sum(users) as bigint) as all_users,
        cast(sum(paying_users) as bigint) as all_paying_users,
        {{ money_sum('mrr') }} as users_mrr,
        cast(sum(case when is_compared then paying_users else 0 end) as bigint)
            as compared_users,
        cast(sum(case when is_compared then churned_users else 0 end) as bigint)
            as lost_users,
        cast(sum(case when is_compared then non_users else 0 end) as bigint)
            as compared_non_users,
        sum(
            case
                when is_compared
                    then {{ exact_number('paying_users * ' ~ ratio(
                        'churned_non_users', 'non_users'
                    )) }}
            end
        ) as expected_losses,
    {%- for side in ['low', 'high'] %}
        sum(
            case
                when is_compared
                    then {{ exact_number('paying_users * paying_users * ' ~ squared_gap(
                            ratio('churned_non_users', 'non_users'),
                            wilson_bound_of_any('churned_non_users', 'non_users', side)
                        )) }}
            end
        ) as squared_{{ side }}_gap
        {{- ',' if not loop.last }}
    {%- endfor %}
    from compared
    group by
        period_month,
        feature
),

rates as (
    select
        standardised.*,
        month_totals.customers,
        month_totals.mrr,
        {{ add_days(add_months('standardised.period_month', 1), 90) }} <= {{ as_of_date() }}
            as has_90d,
        standardised.compared_users >= {{ policy('min_n') }}
        and standardised.compared_non_users >= {{ policy('min_n') }} as is_comparable,
        {{ count_rate_with_bounds('lost_users', 'compared_users', 'users_rate') }},
        {{ ratio('expected_losses', 'compared_users') }} as non_users_rate,
        {{ ratio('sqrt(squared_low_gap)', 'compared_users') }} as low_gap,
        {{ ratio('sqrt(squared_high_gap)', 'compared_users') }} as high_gap
    from standardised
    left join month_totals on standardised.period_month = month_totals.period_month
)

select
    period_month,
    feature,
    ---------- who uses it
    all_users as users,
    all_paying_users as customers,
    coalesce(customers, 0) as all_customers,
    case
        when period_month < {{ as_of_month() }} then {{ ratio('all_paying_users', 'customers') }}
    end as adoption_rate,
    users_mrr as mrr,
    coalesce(mrr, 0) as all_mrr,
    case when period_month < {{ as_of_month() }} then {{ ratio('users_mrr', 'mrr') }} end
        as mrr_share,
    ---------- what users and non-users of the same tenure did next
    case when has_90d then compared_users end as compared_users,
    case when has_90d then compared_non_users end as compared_non_users,
    case when has_90d then lost_users end as churned_users_90d,
    case when has_90d and is_comparable then users_rate end as users_churn_rate_90d,
    case when has_90d and is_comparable then users_rate_low end as users_churn_rate_90d_low,
    case when has_90d and is_comparable then users_rate_high end as users_churn_rate_90d_high,
    case when has_90d and is_comparable then non_users_rate end as non_users_churn_rate_90d,
    case when has_90d and is_comparable then non_users_rate - low_gap end
        as non_users_churn_rate_90d_low,
    case when has_90d and is_comparable then non_users_rate + high_gap end
        as non_users_churn_rate_90d_high,
    case when has_90d and is_comparable then users_rate - non_users_rate end
        as churn_difference_90d,
    case
        when has_90d and is_comparable
            then users_rate - non_users_rate - sqrt(
                {{ squared_gap('users_rate', 'users_rate_low') }} + high_gap * high_gap
            )
    end as churn_difference_90d_low,
    case
        when has_90d and is_comparable
            then users_rate - non_users_rate + sqrt(
                {{ squared_gap('users_rate_high', 'users_rate') }} + low_gap * low_gap
            )
    end as churn_difference_90d_high,
    period_month >= {{ as_of_month() }} as is_partial
from rates
