-- Grain: one row per month whose next 90 days are over.
with health as (
    select * from {{ ref('fct_customer_health') }}
    -- With a weight of 0 on all that is known of a customer there is no score to rank by.
    where
        score is not null
        and {{ add_days(add_months('period_month', 1), 90) }} <= {{ as_of_date() }}
),

losses as (
    select * from {{ ref('int_retention__losses_ahead') }}
),

ranked as (
    select
        health.period_month,
        health.mrr,
        coalesce(losses.churned_90d, 0) as churned_90d,
        row_number() over (
            partition by health.period_month order by health.score, health.customer_id
        ) as score_rank,
        count(*) over (partition by health.period_month) as month_customers
    from health
    left join losses
        on
            health.customer_id = losses.customer_id
            and health.period_month = losses.period_month
),

deciles as (
    select
        *,
        score_rank * 10 <= month_customers + 9 as is_worst_decile
    from ranked
),

totals as (
    select
        period_month,
        cast(count(*) as bigint) as customers,
        {{ count_where('is_worst_decile') }} as worst_decile_customers,
        {{ count_where('churned_90d = 1') }} as churned_customers_90d,
        {{ count_where('churned_90d = 1 and is_worst_decile') }} as churned_in_worst_decile,
        {{ money_sum('mrr') }} as month_mrr,
        {{ money_sum('case when is_worst_decile then mrr else 0 end') }} as worst_decile_mrr,
        {{ money_sum('case when churned_90d = 1 then mrr else 0 end') }} as churned_mrr_90d,
        {{ money_sum('case when churned_90d = 1 and is_worst_decile then mrr else 0 end') }}
            as churned_mrr_in_worst_decile
    from deciles
    group by period_month
)

select
    period_month,
    customers,
    worst_decile_customers,
    churned_customers_90d,
    churned_in_worst_decile,
    month_mrr as mrr,
    worst_decile_mrr,
    churned_mrr_90d,
    churned_mrr_in_worst_decile,
    {{ ratio('churned_mrr_in_worst_decile', 'churned_mrr_90d') }} as found_rate,
    {{ ratio('worst_decile_mrr', 'month_mrr') }} as chance_rate
from totals
