-- Grain: one row per month and feature that was used in it.
-- DECISIONS.md#users-and-non-users-of-a-feature
with used as (
    select
        customer_id,
        feature,
        period_month
    from {{ ref('int_growth__feature_months') }}
    where events > 0
),

months as (
    select distinct period_month from used
),

balances as (
    select
        customer_months.customer_id,
        customer_months.period_month,
        customer_months.closing_mrr,
        {{ month_index('customer_months.period_month') }} + 1 as next_index
    from {{ ref('fct_customer_mrr_monthly') }} as customer_months
    inner join months on customer_months.period_month = months.period_month
    where customer_months.closing_mrr > 0
),

cohorts as (
    select
        customer_id,
        {{ month_index('cohort_month') }} as cohort_index
    from {{ ref('int_retention__cohorts') }}
),

bands as (
    select * from {{ ref('tenure_bands') }}
),

losses as (
    select * from {{ ref('int_retention__losses_ahead') }}
    where churned_90d = 1
),

customers as (
    select
        balances.customer_id,
        balances.period_month,
        balances.closing_mrr,
        bands.tenure_band,
        case when losses.customer_id is null then 0 else 1 end as is_churned
    from balances
    inner join cohorts on balances.customer_id = cohorts.customer_id
    inner join bands
        on
            {{ in_tenure_band('balances.next_index - cohorts.cohort_index', 'bands') }}
    left join losses
        on
            balances.customer_id = losses.customer_id
            and balances.period_month = losses.period_month
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

-- A customer of all of these has used the feature, with MRR at the month's end or without.
band_users as (
    select
        used.period_month,
        used.feature,
        customers.tenure_band,
        count(*) as users,
        sum(case when customers.customer_id is not null then 1 else 0 end) as paying_users,
        sum(customers.is_churned) as churned_users,
        {{ money_sum('customers.closing_mrr') }} as mrr
    from used
    left join customers
        on
            used.customer_id = customers.customer_id
            and used.period_month = customers.period_month
    group by
        used.period_month,
        used.feature,
        customers.tenure_band
),

compared as (
    select
        band_users.*,
        band_totals.customers - band_users.paying_users as non_users,
        band_totals.churned - band_users.churned_users as churned_non_users,
        band_totals.customers > band_users.paying_users as has_non_users
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
        {{ money_sum('coalesce(mrr, 0)') }} as users_mrr,
        cast(sum(case when has_non_users then paying_users else 0 end) as bigint)
            as compared_users,
        cast(sum(case when has_non_users then churned_users else 0 end) as bigint)
            as lost_users,
        cast(sum(case when has_non_users then non_users else 0 end) as bigint)
            as compared_non_users,
        sum(
            case
                when has_non_users
                    then {{ exact_number('paying_users * ' ~ ratio(
                        'churned_non_users', 'non_users'
                    )) }}
            end
        ) as expected_losses,
    {%- for side in ['low', 'high'] %}
        sum(
            case
                when has_non_users
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
