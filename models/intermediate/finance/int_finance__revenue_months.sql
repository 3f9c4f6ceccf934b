-- Grain: one row per customer, month up to that of the as-of instant, class and kind of revenue,
-- plan and product of its lines, and segment: the customer's own ones, and that plan and product.
with revenue as (
    select
        customer_id,
        recognition_month,
        revenue_class,
        revenue_kind,
        coalesce(plan_name, 'unknown') as plan_name,
        coalesce(product_id, 'unknown') as product_id,
        {{ money_sum('amount') }} as amount
    from {{ ref('fct_revenue_recognition') }}
    where recognition_month <= {{ as_of_month() }}
    group by
        customer_id,
        recognition_month,
        revenue_class,
        revenue_kind,
        coalesce(plan_name, 'unknown'),
        coalesce(product_id, 'unknown')
),

segments as (
    select
        customer_id,
        segment_type,
        segment_value
    from {{ ref('int_retention__fixed_segments') }}
    where segment_type <> 'all'
)

select
    revenue.*,
    'all' as segment_type,
    'all' as segment_value
from revenue

union all

select
    revenue.*,
    segments.segment_type,
    segments.segment_value
from revenue
inner join segments on revenue.customer_id = segments.customer_id

union all

select
    revenue.*,
    'plan' as segment_type,
    revenue.plan_name as segment_value
from revenue

union all

select
    revenue.*,
    'product' as segment_type,
    revenue.product_id as segment_value
from revenue
