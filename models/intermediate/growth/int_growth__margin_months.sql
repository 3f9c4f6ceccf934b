{{ config(materialized='table') }}

-- Grain: one row per customer and month, while its MRR or a movement is not 0: what is left of its
-- MRR after the cost of its plans and its reseller's commission.
-- DECISIONS.md#gross-margin-by-plan
with plans as (
    select
        customer_id,
        period_month,
        acquisition_channel,
        closing_mrr,
        new_mrr,
        {{ contribution_share('plan', 'reseller') }} as share
    from {{ ref('fct_customer_plan_mrr_monthly') }}
),

margins as (
    select
        customer_id,
        period_month,
        acquisition_channel,
        case when closing_mrr = 0 then 0 else closing_mrr * share end as closing_margin,
        case when new_mrr = 0 then 0 else new_mrr * share end as new_margin
    from plans
)

select
    customer_id,
    period_month,
    acquisition_channel,
    {{ sum_of_known('closing_margin') }} as closing_margin,
    {{ sum_of_known('new_margin') }} as new_margin
from margins
group by
    customer_id,
    period_month,
    acquisition_channel
