-- Grain: one row per month and plan, or product, with what its customers pay at the month's end.
-- Added up by plan before the plans are put into their segments, because rows are many.
with plan_months as (
    select
        month_index,
        plan_number,
        sum(closing_mrr) as closing_mrr,
        sum(committed_mrr) as committed_mrr,
        sum(plan_customers) as plan_customers,
        sum(product_customers) as product_customers
    from {{ ref('int_mrr__product_months') }}
    group by
        month_index,
        plan_number
),

segments as (
    select * from {{ ref('int_mrr__plan_segments') }}
)

select
    plan_months.month_index,
    segments.segment_number,
    cast(sum(plan_months.closing_mrr) as {{ type_money() }}) as closing_mrr,
    cast(sum(plan_months.committed_mrr) as {{ type_money() }}) as committed_mrr,
    cast(
        sum(
            case segments.segment_type
                when 'plan' then plan_months.plan_customers
                when 'product' then plan_months.product_customers
            end
        ) as bigint
    ) as closing_customers
from plan_months
inner join segments on plan_months.plan_number = segments.plan_number
group by
    plan_months.month_index,
    segments.segment_number
