{{ config(materialized='kept', by='customer_number') }}

-- Grain: one row per customer, plan, product, billing interval and month with a movement: its share
-- of the customer's movements, and what it took over from the customer's other plans or left to
-- them.
-- DECISIONS.md#the-plan-of-a-customers-movement
with movements as (
    select * from {{ ref('int_waterfall__plan_movements') }}
    where {{ is_affected_customer_number() }}
),

plans as (
    select * from {{ ref('int_waterfall__plan_ranks') }}
),

-- A plan that changes its currency changes by the difference.
parts as (
    select
        customer_number,
        plan_number,
        month_index,
        effective_date,
        max(
            case when movement_type in ('new', 'churn', 'reactivation') then movement_type end
        ) as coming,
        cast(sum(mrr_delta) as {{ type_money() }}) as mrr_delta
    from movements
    group by
        customer_number,
        plan_number,
        month_index,
        effective_date
),

-- The days on which one plan gains what another loses. On all others a part is its own share.
swaps as (
    select
        customer_number,
        effective_date,
        cast(sum(mrr_delta) as {{ type_money() }}) as customer_delta
    from parts
    group by
        customer_number,
        effective_date
    having
        min(mrr_delta) < 0
        and max(mrr_delta) > 0
),

-- Those that go the way of the customer share its movement.
sharing as (
    select
        parts.*,
        swaps.customer_delta,
        case
            when
                swaps.customer_delta <> 0
                and (parts.mrr_delta > 0) = (swaps.customer_delta > 0)
                then parts.mrr_delta
            else 0
        end as sharing_delta
    from parts
    inner join swaps
        on
            parts.customer_number = swaps.customer_number
            and parts.effective_date = swaps.effective_date
),

levels as (
    select
        sharing.*,
        sum(sharing.sharing_delta) over (
            partition by sharing.customer_number, sharing.effective_date
        ) as whole,
        sum(sharing.sharing_delta) over (
            partition by sharing.customer_number, sharing.effective_date
            order by plans.plan_rank
            rows between unbounded preceding and current row
        ) as level
    from sharing
    inner join plans on sharing.plan_number = plans.plan_number
),

shares as (
    select
        customer_number,
        plan_number,
        month_index,
        case
            when customer_delta > 0 then 'expansion'
            when customer_delta < 0 then 'contraction'
        end as movement_type,
        mrr_delta as part_delta,
        case
            when sharing_delta = 0 then 0
            else
                {{ share_of_level('customer_delta', 'level', 'whole') }}
                - {{ share_of_level('customer_delta', '(level - sharing_delta)', 'whole') }}
        end as mrr_delta
    from levels

    union all

    select
        parts.customer_number,
        parts.plan_number,
        parts.month_index,
        case
            when parts.coming is not null then parts.coming
            when parts.mrr_delta > 0 then 'expansion'
            when parts.mrr_delta < 0 then 'contraction'
        end as movement_type,
        parts.mrr_delta as part_delta,
        parts.mrr_delta
    from parts
    left join swaps
        on
            parts.customer_number = swaps.customer_number
            and parts.effective_date = swaps.effective_date
    where swaps.customer_number is null
)

select
    customer_number,
    plan_number,
    month_index,
    {{ sums_of_movements() }}
    cast(sum(part_delta - mrr_delta) as {{ type_money() }}) as plan_change_mrr
from shares
group by
    customer_number,
    plan_number,
    month_index
