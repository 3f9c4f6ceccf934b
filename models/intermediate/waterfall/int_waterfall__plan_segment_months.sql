-- Grain: one row per month and plan, or product: the segments that belong to the item, not the
-- customer. A month opens with what the month before closed with.
with balances as (
    select * from {{ ref('int_waterfall__plan_segment_balances') }}
),

movements as (
    select
        month_index,
        segment_type,
        segment_value,
        {{ sums_of_movements() }}
        {{ customers_of_movements('new') }} as new_customers,
        {{ customers_of_movements('churn') }} as churned_customers,
        {{ customers_of_movements('reactivation') }} as reactivated_customers
    from {{ ref('int_waterfall__plan_segment_movements') }}
    group by
        month_index,
        segment_type,
        segment_value
)

select
    balances.month_index,
    balances.segment_type,
    balances.segment_value,
    coalesce(openings.closing_mrr, 0) as opening_mrr,
    coalesce(movements.new_mrr, 0) as new_mrr,
    coalesce(movements.expansion_mrr, 0) as expansion_mrr,
    coalesce(movements.contraction_mrr, 0) as contraction_mrr,
    coalesce(movements.churned_mrr, 0) as churned_mrr,
    coalesce(movements.reactivation_mrr, 0) as reactivation_mrr,
    balances.closing_mrr,
    balances.committed_mrr,
    coalesce(openings.closing_customers, 0) as opening_customers,
    coalesce(movements.new_customers, 0) as new_customers,
    coalesce(movements.churned_customers, 0) as churned_customers,
    coalesce(movements.reactivated_customers, 0) as reactivated_customers,
    balances.closing_customers
from balances
left join balances as openings
    on
        balances.segment_type = openings.segment_type
        and balances.segment_value = openings.segment_value
        and balances.month_index = openings.month_index + 1
left join movements
    on
        balances.segment_type = movements.segment_type
        and balances.segment_value = movements.segment_value
        and balances.month_index = movements.month_index
