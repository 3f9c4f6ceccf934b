-- Grain: one row per customer, month up to that of the as-of instant, class and kind of revenue, and
-- segment: the customer's own ones, and the plan and product of the line.
with revenue as (
    select
        customer_id,
        recognition_month,
        revenue_class,
        revenue_kind,
        coalesce(plan_name, 'unknown') as plan_name,
        coalesce(product_id, 'unknown') as product_id,
        sum(amount) as amount
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

of_customers as (
    select
        customer_id,
        recognition_month,
        revenue_class,
        revenue_kind,
        sum(amount) as amount
    from revenue
    group by
        customer_id,
        recognition_month,
        revenue_class,
        revenue_kind
),

customer_segments as (
    select * from {{ ref('int_retention__fixed_segments') }}
    where segment_type <> 'all'
)

select
    customer_id,
    recognition_month,
    revenue_class,
    revenue_kind,
    'all' as segment_type,
    'all' as segment_value,
    amount
from of_customers

union all

select
    of_customers.customer_id,
    of_customers.recognition_month,
    of_customers.revenue_class,
    of_customers.revenue_kind,
    customer_segments.segment_type,
    customer_segments.segment_value,
    of_customers.amount
from of_customers
inner join customer_segments on of_customers.customer_id = customer_segments.customer_id

union all

select
    customer_id,
    recognition_month,
    revenue_class,
    revenue_kind,
    'plan' as segment_type,
    plan_name as segment_value,
    amount
from revenue

union all

select
    customer_id,
    recognition_month,
    revenue_class,
    revenue_kind,
    'product' as segment_type,
    product_id as segment_value,
    amount
from revenue
