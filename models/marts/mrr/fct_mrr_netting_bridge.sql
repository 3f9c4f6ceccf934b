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

summed as (
    select
        period_month,
        {{ day_and_month_sums() }}
    from classed
    group by period_month
),

listed as (
    {{ one_row_per_movement_type('summed') }}
)

select
    period_month,
    movement_type,
    day_grain_mrr,
    month_grain_mrr,
    cast(day_grain_mrr - month_grain_mrr as {{ type_money() }}) as difference
from listed
