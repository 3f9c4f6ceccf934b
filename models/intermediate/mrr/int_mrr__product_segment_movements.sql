-- Grain: one row per month and plan, or product, with a movement.
with movements as (
    select * from {{ ref('int_mrr__product_movements') }}
),

segments as (
    select * from {{ ref('int_mrr__plan_segments') }}
),

money as (
    select
        movements.month_index,
        segments.segment_number,
        {{ sum_of_movements('new') }} as new_mrr,
        {{ sum_of_movements('expansion') }} as expansion_mrr,
        {{ sum_of_movements('contraction') }} as contraction_mrr,
        {{ sum_of_movements('churn') }} as churned_mrr,
        {{ sum_of_movements('reactivation') }} as reactivation_mrr
    from movements
    inner join segments on movements.plan_number = segments.plan_number
    group by
        movements.month_index,
        segments.segment_number
),

-- Two items of one segment that come or go on one day are one customer.
customers as (
    select distinct
        movements.month_index,
        segments.segment_number,
        movements.customer_number,
        movements.effective_date,
        movements.movement_type
    from movements
    inner join segments on movements.plan_number = segments.plan_number
    where movements.movement_type in ('new', 'churn', 'reactivation')
),

counts as (
    select
        month_index,
        segment_number,
        {{ count_of_movements('new') }} as new_customers,
        {{ count_of_movements('churn') }} as churned_customers,
        {{ count_of_movements('reactivation') }} as reactivated_customers
    from customers
    group by
        month_index,
        segment_number
)

select
    money.month_index,
    money.segment_number,
    money.new_mrr,
    money.expansion_mrr,
    money.contraction_mrr,
    money.churned_mrr,
    money.reactivation_mrr,
    cast(coalesce(counts.new_customers, 0) as bigint) as new_customers,
    cast(coalesce(counts.churned_customers, 0) as bigint) as churned_customers,
    cast(coalesce(counts.reactivated_customers, 0) as bigint) as reactivated_customers
from money
left join counts
    on
        money.segment_number = counts.segment_number
        and money.month_index = counts.month_index
