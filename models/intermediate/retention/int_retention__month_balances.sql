-- Grain: one row per customer and month, with the customer's MRR at both ends of the month.
-- DECISIONS.md#segments-of-a-months-churn
with customer_months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

revaluations as (
    select * from {{ ref('int_retention__revaluations') }}
    where period_months = 1
)

select
    customer_months.customer_id,
    customer_months.period_month,
    -- A leaver has no plan or size left at the end, so a starting customer keeps the segments
    -- of the month before; everybody else can only be described by the month itself.
    case
        when customer_months.opening_mrr > 0
            then {{ add_months('customer_months.period_month', -1) }}
        else customer_months.period_month
    end as segment_month,
    customer_months.opening_mrr as starting_mrr,
    customer_months.closing_mrr as ending_mrr,
    cast(
        customer_months.closing_mrr + coalesce(revaluations.revaluation, 0) as {{ type_money() }}
    ) as ending_mrr_at_start_rates,
    customer_months.is_partial
from customer_months
left join revaluations
    on
        customer_months.customer_id = revaluations.customer_id
        and {{ month_index('customer_months.period_month') }} = revaluations.month_index
