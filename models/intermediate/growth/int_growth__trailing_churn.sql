-- Grain: one row per month and channel (`all` for the total) with six complete months before it.
-- DECISIONS.md#what-ltv-needs
with churn as (
    select * from {{ ref('fct_churn_monthly') }}
    where
        segment_type in ('all', 'acquisition_channel')
        and not is_partial
        and starting_customers > 0
),

months_ahead as (
    select
        segment_value as channel,
        starting_customers,
        churned_customers,
        -- Exact, so that the sum does not depend on the order of the months.
        cast({{ ratio('churned_customers', 'starting_customers') }} as decimal(20, 18))
            as churn_rate,
        {{ month_index('period_month') }} as month_index
    from churn
),

expanded as (
    select
        channel,
        starting_customers,
        churned_customers,
        churn_rate,
        {{ expand_integers('month_index + 1', 'month_index + 6') }} as month_index
    from months_ahead
)

select
    channel,
    {{ month_from_index('month_index') }} as period_month,
    {{ ratio('sum(churn_rate)', 'count(*)') }} as mean_churn_rate,
    cast(sum(starting_customers) as bigint) as starting_customers,
    cast(sum(churned_customers) as bigint) as churned_customers
from expanded
group by
    channel,
    month_index
having count(*) = 6
