{{ config(materialized='kept', by='customer_number', summed_by='month_index') }}

-- Grain: one row per customer, currency, plan, product, billing interval and local day with a
-- change, valued at the rate of the day. On the day a customer comes or goes, all its plans come or
-- go with it; on other days a plan grows or shrinks, over all its intervals, and a swap of plans
-- shows on both sides.
-- The day's balance is rounded plan after plan, each time with those before it: so the parts add up
-- to the customer's movement to the last digit.
-- Each row keeps the plan's balance and the month of its next movement, so that a balance is found
-- without adding up what led to it.
-- DECISIONS.md#segments-plan-and-product
with days as (
    select * from {{ ref('int_waterfall__plan_day_nets') }}
),

customers as (
    select * from {{ ref('int_customers__customer_numbers') }}
),

balances as (
    select
        customers.customer_number,
        days.currency,
        days.effective_date,
        days.before_native,
        days.rate,
        cast(days.rate as {{ type_double() }}) as rate_as_double
    from {{ ref('int_movements__customer_currency_days') }} as days
    inner join customers on days.customer_id = customers.customer_id
    where
        days.currency <> {{ reporting_currency() }}
        and {{ is_affected_customer('days.customer_id') }}
),

movements as (
    select
        customers.customer_number,
        movements.movement_date,
        movements.movement_type
    from {{ ref('fct_mrr_movements') }} as movements
    inner join customers on movements.customer_id = customers.customer_id
    where
        movements.movement_type in ('new', 'churn', 'reactivation')
        and {{ is_affected_customer('movements.customer_id') }}
),

plans as (
    select * from {{ ref('int_waterfall__plan_ranks') }}
),

levels as (
    select
        days.*,
        balances.rate,
        balances.rate_as_double,
        cast(
            balances.before_native + sum(days.delta_native) over (
                partition by days.customer_number, days.currency, days.effective_date
                order by plans.plan_rank
                rows between unbounded preceding and current row
            ) as {{ type_money() }}
        ) as level_after
    from days
    inner join balances
        on
            days.customer_number = balances.customer_number
            and days.currency = balances.currency
            and days.effective_date = balances.effective_date
    inner join plans on days.plan_number = plans.plan_number
),

valued as (
    select
        customer_number,
        currency,
        plan_number,
        effective_date,
        delta_native,
        plan_delta_native,
        committed_delta_native,
        quantity_delta,
        delta_native as mrr_delta
    from days
    where currency = {{ reporting_currency() }}

    union all

    select
        customer_number,
        currency,
        plan_number,
        effective_date,
        delta_native,
        plan_delta_native,
        committed_delta_native,
        quantity_delta,
        {{ converted_part('level_after', 'delta_native', 'rate', 'rate_as_double') }} as mrr_delta
    from levels
),

running as (
    select
        valued.customer_number,
        valued.currency,
        valued.plan_number,
        valued.effective_date,
        valued.delta_native,
        valued.plan_delta_native,
        valued.mrr_delta,
        cast(sum(valued.delta_native) over history as {{ type_money() }}) as after_native,
        cast(sum(valued.committed_delta_native) over history as {{ type_money() }})
            as committed_after_native,
        cast(sum(valued.quantity_delta) over history as {{ type_quantity() }})
            as quantity_after,
        lead(valued.effective_date) over (
            partition by valued.customer_number, valued.currency, valued.plan_number
            order by valued.effective_date
        ) as next_date
    from valued
    window history as (
        partition by valued.customer_number, valued.currency, valued.plan_number
        order by valued.effective_date
        rows between unbounded preceding and current row
    )
)

select
    running.customer_number,
    running.currency,
    running.plan_number,
    running.effective_date,
    {{ month_index('running.effective_date') }} as month_index,
    {{ month_index('running.next_date') }} as next_month_index,
    running.after_native,
    running.committed_after_native,
    running.quantity_after,
    case
        when running.delta_native = 0 then null
        when movements.movement_type is not null then movements.movement_type
        when running.plan_delta_native > 0 then 'expansion'
        when running.plan_delta_native < 0 then 'contraction'
    end as movement_type,
    cast(running.mrr_delta as {{ type_money() }}) as mrr_delta
from running
left join movements
    on
        running.customer_number = movements.customer_number
        and running.effective_date = movements.movement_date
