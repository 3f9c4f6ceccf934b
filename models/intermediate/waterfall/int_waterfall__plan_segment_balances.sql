{{ config(materialized='kept', by='sums', months='month_index') }}

-- Grain: one row per month and plan, or product, with what its customers pay at the month's end.
-- Added up by plan before the plans are put into their segments, because rows are many. Sums are
-- kept: a run adds to them what changed.
with months as (
    {{ signed_rows('int_waterfall__plan_months') }}
),

plan_months as (
    select
        month_index,
        plan_number,
        sign * cast(sum(closing_mrr) as {{ type_money() }}) as closing_mrr,
        sign * cast(sum(committed_mrr) as {{ type_money() }}) as committed_mrr,
        sign * sum(plan_customers) as plan_customers,
        sign * sum(product_customers) as product_customers,
        sign * count(*) as balances
    from months
    group by
        sign,
        month_index,
        plan_number
),

segments as (
    select * from {{ ref('int_waterfall__plan_segments') }}
),

changes as (
    select
        plan_months.month_index,
        segments.segment_type,
        segments.segment_value,
        plan_months.closing_mrr,
        plan_months.committed_mrr,
        case segments.segment_type
            when 'plan' then plan_months.plan_customers
            when 'product' then plan_months.product_customers
        end as closing_customers,
        plan_months.balances
    from plan_months
    inner join segments on plan_months.plan_number = segments.plan_number
),

sums as (
    select * from changes

    union all

    select * from {{ previous_rows('int_waterfall__plan_segment_balances', like='changes') }}
)

select
    month_index,
    segment_type,
    segment_value,
    cast(sum(closing_mrr) as {{ type_money() }}) as closing_mrr,
    cast(sum(committed_mrr) as {{ type_money() }}) as committed_mrr,
    cast(sum(closing_customers) as bigint) as closing_customers,
    cast(sum(balances) as bigint) as balances
from sums
group by
    month_index,
    segment_type,
    segment_value
having sum(balances) > 0
