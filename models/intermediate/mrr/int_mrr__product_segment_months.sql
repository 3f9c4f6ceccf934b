-- Grain: one row per month and plan, or product: the segments that belong to the item, not the
-- customer. A month opens with what the month before closed with.
with balances as (
    select * from {{ ref('int_mrr__product_segment_balances') }}
),

movements as (
    select * from {{ ref('int_mrr__product_segment_movements') }}
),

names as (
    select distinct
        segment_number,
        segment_type,
        segment_value
    from {{ ref('int_mrr__plan_segments') }}
)

select
    balances.month_index,
    names.segment_type,
    names.segment_value,
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
inner join names on balances.segment_number = names.segment_number
left join balances as openings
    on
        balances.segment_number = openings.segment_number
        and balances.month_index = openings.month_index + 1
left join movements
    on
        balances.segment_number = movements.segment_number
        and balances.month_index = movements.month_index
