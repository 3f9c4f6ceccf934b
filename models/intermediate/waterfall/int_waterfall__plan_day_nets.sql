-- Grain: one row per customer, currency, plan, product, billing interval and local day with a
-- change of MRR or quantity, with what the plan changes by over all its intervals.
-- Who ever had a plan at several intervals may move between them, which is no change of the plan.
-- For the others, who are most, a plan changes by what its one interval does.
with days as (
    select * from {{ ref('int_waterfall__plan_days') }}
),

plans as (
    select * from {{ ref('int_waterfall__plan_ranks') }}
),

held as (
    select distinct
        customer_number,
        plan_number
    from days
),

pairs as (
    select
        held.customer_number,
        count(*) as intervals
    from held
    inner join plans on held.plan_number = plans.plan_number
    group by
        held.customer_number,
        plans.pair_rank
),

several_intervals as (
    select distinct customer_number
    from pairs
    where intervals > 1
)

select
    days.*,
    days.delta_native as plan_delta_native
from days
left join several_intervals on days.customer_number = several_intervals.customer_number
where several_intervals.customer_number is null

union all

select
    days.*,
    cast(
        sum(days.delta_native) over (
            partition by
                days.customer_number, days.currency, days.effective_date, plans.pair_rank
        ) as {{ type_money() }}
    ) as plan_delta_native
from days
inner join several_intervals on days.customer_number = several_intervals.customer_number
inner join plans on days.plan_number = plans.plan_number
