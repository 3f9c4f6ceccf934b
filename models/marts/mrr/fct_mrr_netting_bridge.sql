-- Grain: one row per month and movement type.
-- The day grain shows a round trip inside the month twice, the month grain not at all.
with months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

classed as (
    select
        months.*,
        closing_mrr - opening_mrr - fx_mrr as month_delta,
        case
            when opening_mrr = 0 and closing_mrr > 0 and times_new > 0 then 'new'
            when opening_mrr = 0 and closing_mrr > 0 then 'reactivation'
            when opening_mrr > 0 and closing_mrr = 0 then 'churn'
            when closing_mrr - fx_mrr > opening_mrr then 'expansion'
            when closing_mrr - fx_mrr < opening_mrr then 'contraction'
        end as month_type
    from months
),

amounts as (
    select period_month, 'new' as movement_type, new_mrr as day_grain_mrr,
        case when month_type = 'new' then month_delta else 0 end as month_grain_mrr
    from classed
    union all
    select period_month, 'expansion' as movement_type, expansion_mrr as day_grain_mrr,
        case when month_type = 'expansion' then month_delta else 0 end as month_grain_mrr
    from classed
    union all
    select period_month, 'contraction' as movement_type, contraction_mrr as day_grain_mrr,
        case when month_type = 'contraction' then month_delta else 0 end as month_grain_mrr
    from classed
    union all
    select period_month, 'churn' as movement_type, churned_mrr as day_grain_mrr,
        case when month_type = 'churn' then month_delta else 0 end as month_grain_mrr
    from classed
    union all
    select period_month, 'reactivation' as movement_type, reactivation_mrr as day_grain_mrr,
        case when month_type = 'reactivation' then month_delta else 0 end as month_grain_mrr
    from classed
),

summed as (
    select
        period_month,
        movement_type,
        cast(sum(day_grain_mrr) as {{ type_money() }}) as day_grain_mrr,
        cast(sum(month_grain_mrr) as {{ type_money() }}) as month_grain_mrr
    from amounts
    group by
        period_month,
        movement_type
)

select
    period_month,
    movement_type,
    day_grain_mrr,
    month_grain_mrr,
    cast(day_grain_mrr - month_grain_mrr as {{ type_money() }}) as difference
from summed
