-- Grain: one row per month and last NPS category.
with categories as (
    select * from {{ ref('int_voice__customer_categories') }}
),

losses as (
    select * from {{ ref('int_retention__losses_ahead') }}
),

outcomes as (
    select
        categories.period_month,
        categories.category,
        categories.mrr,
        coalesce(losses.churned_90d, 0) as churned_90d,
        coalesce(losses.churned_180d, 0) as churned_180d,
        -- MRR gained after the month's end can't be lost from the month's MRR.
        least(coalesce(losses.mrr_lost_90d, 0), categories.mrr) as mrr_lost_90d,
        least(coalesce(losses.mrr_lost_180d, 0), categories.mrr) as mrr_lost_180d
    from categories
    left join losses
        on
            categories.customer_id = losses.customer_id
            and categories.period_month = losses.period_month
),

totals as (
    select
        period_month,
        category,
        cast(count(*) as bigint) as customers,
        cast(sum(churned_90d) as bigint) as lost_in_90d,
        cast(sum(churned_180d) as bigint) as lost_in_180d,
        {{ money_sum('mrr') }} as category_mrr,
        {{ money_sum('mrr_lost_90d') }} as money_lost_in_90d,
        {{ money_sum('mrr_lost_180d') }} as money_lost_in_180d
    from outcomes
    group by
        period_month,
        category
),

matured as (
    select
        *,
        {{ add_days(add_months('period_month', 1), 90) }} <= {{ as_of_date() }} as has_90d,
        {{ add_days(add_months('period_month', 1), 180) }} <= {{ as_of_date() }} as has_180d
    from totals
)

select
    period_month,
    category,
    customers,
    case when has_90d then lost_in_90d end as churned_90d,
    case when has_180d then lost_in_180d end as churned_180d,
    case when has_90d then {{ count_rate('lost_in_90d', 'customers') }} end as churn_rate_90d,
    case when has_90d then {{ wilson_bound('lost_in_90d', 'customers', 'low') }} end
        as churn_rate_90d_low,
    case when has_90d then {{ wilson_bound('lost_in_90d', 'customers', 'high') }} end
        as churn_rate_90d_high,
    case when has_180d then {{ count_rate('lost_in_180d', 'customers') }} end as churn_rate_180d,
    category_mrr as mrr,
    case when has_90d then money_lost_in_90d end as mrr_lost_90d,
    case when has_180d then money_lost_in_180d end as mrr_lost_180d
from matured
