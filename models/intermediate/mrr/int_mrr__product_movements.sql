-- Grain: one row per customer, currency, plan, product and month with a change, movements valued at
-- the rate of each day. On the day a customer comes or goes, all its plans come or go with it; on
-- other days a plan grows or shrinks, so every type adds up to the customers' total, and a swap of
-- plans shows on both sides.
with days as (
    select * from {{ ref('int_mrr__product_days') }}
),

movements as (
    select
        customer_id,
        movement_date,
        movement_type
    from {{ ref('fct_mrr_movements') }}
    where movement_type in ('new', 'churn', 'reactivation')
),

typed as (
    select
        days.*,
        {{ month_index('days.effective_date') }} as month_index,
        case
            when movements.movement_type is not null then movements.movement_type
            when days.delta_native > 0 then 'expansion'
            when days.delta_native < 0 then 'contraction'
        end as movement_type,
        {{ balance_in_reporting_currency('days.delta_native', 'days.currency', 'rates.rate') }} as mrr_delta
    from days
    left join movements
        on
            days.customer_id = movements.customer_id
            and days.effective_date = movements.movement_date
            and days.delta_native <> 0
    left join {{ ref('int_mrr__fx_days') }} as rates
        on
            days.currency = rates.currency
            and days.effective_date = rates.rate_day
)

select
    customer_id,
    currency,
    plan_name,
    product_id,
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
    customer_id,
    currency,
    plan_name,
    product_id,
    month_index
