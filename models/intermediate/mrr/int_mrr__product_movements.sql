-- Grain: one row per customer, currency, plan, product and month with a change, movements valued at
-- the rate of each day. On the day a customer comes or goes, all its plans come or go with it; on
-- other days a plan grows or shrinks, and a swap of plans shows on both sides.
-- The day's balance is rounded plan after plan, each time with those before it: so the parts add up
-- to the customer's movement to the last digit.
with days as (
    select * from {{ ref('int_mrr__product_days') }}
),

customers as (
    select * from {{ ref('int_mrr__customer_numbers') }}
),

totals as (
    select
        customers.customer_number,
        balances.currency,
        balances.effective_date,
        balances.before_native,
        balances.rate
    from {{ ref('int_mrr__customer_currency_days') }} as balances
    inner join customers on balances.customer_id = customers.customer_id
),

movements as (
    select
        customers.customer_number,
        movements.movement_date,
        movements.movement_type
    from {{ ref('fct_mrr_movements') }} as movements
    inner join customers on movements.customer_id = customers.customer_id
    where movements.movement_type in ('new', 'churn', 'reactivation')
),

running as (
    select
        days.*,
        totals.rate,
        cast(
            totals.before_native + sum(days.delta_native) over (
                partition by days.customer_number, days.currency, days.effective_date
                order by days.plan_number
                rows between unbounded preceding and current row
            ) as {{ type_money() }}
        ) as level_after
    from days
    inner join totals
        on
            days.customer_number = totals.customer_number
            and days.currency = totals.currency
            and days.effective_date = totals.effective_date
),

valued as (
    select
        running.*,
        case
            when currency = {{ reporting_currency() }} then delta_native
            else {{ converted_part('level_after', 'delta_native', 'rate') }}
        end as mrr_delta
    from running
),

typed as (
    select
        valued.customer_number,
        valued.currency,
        valued.plan_number,
        {{ month_index('valued.effective_date') }} as month_index,
        valued.delta_native,
        valued.committed_delta_native,
        valued.mrr_delta,
        case
            when valued.delta_native = 0 then null
            when movements.movement_type is not null then movements.movement_type
            when valued.delta_native > 0 then 'expansion'
            else 'contraction'
        end as movement_type
    from valued
    left join movements
        on
            valued.customer_number = movements.customer_number
            and valued.effective_date = movements.movement_date
)

select
    customer_number,
    currency,
    plan_number,
    month_index,
    cast(sum(delta_native) as {{ type_money() }}) as delta_native,
    cast(sum(committed_delta_native) as {{ type_money() }}) as committed_delta_native,
    {{ sum_of_movements('new') }} as new_mrr,
    {{ sum_of_movements('expansion') }} as expansion_mrr,
    {{ sum_of_movements('contraction') }} as contraction_mrr,
    {{ sum_of_movements('churn') }} as churned_mrr,
    {{ sum_of_movements('reactivation') }} as reactivation_mrr,
    {{ count_of_movements('new') }} as times_new,
    {{ count_of_movements('churn') }} as times_churned,
    {{ count_of_movements('reactivation') }} as times_reactivated
from typed
group by
    customer_number,
    currency,
    plan_number,
    month_index
