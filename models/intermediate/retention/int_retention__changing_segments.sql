-- Grain: one row per customer, month at whose end it has MRR, and type of segment that can change.
with main_plans as (
    select * from {{ ref('int_waterfall__main_plan_months') }}
)

select
    customer_id,
    period_month,
    'plan' as segment_type,
    plan_name as segment_value
from main_plans
union all
select
    customer_id,
    period_month,
    'product' as segment_type,
    product_id as segment_value
from main_plans
