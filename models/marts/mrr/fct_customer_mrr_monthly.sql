{{ config(materialized='kept', by='customer', months='period_month', summed_by='period_month') }}

-- Grain: one row per customer and month, while its MRR or a movement is not 0.
with balances as (
    select * from {{ ref('int_movements__customer_months') }}
),

movements as (
    select
        customer_id,
        {{ month_index('movement_date') }} as month_index,
        {{ sums_of_movements() }}
        {{ count_of_movements('new') }} as times_new,
        {{ count_of_movements('churn') }} as times_churned,
        {{ count_of_movements('reactivation') }} as times_reactivated
    from {{ ref('fct_mrr_movements') }}
    where {{ is_recomputed(month_index('movement_date')) }}
    group by
        customer_id,
        {{ month_index('movement_date') }}
),

usage as (
    select * from {{ ref('int_movements__usage_mrr') }}
),

joined as (
    select
        balances.customer_id,
        balances.month_index,
        balances.opening_mrr,
        coalesce(movements.new_mrr, 0) as new_mrr,
        coalesce(movements.expansion_mrr, 0) as expansion_mrr,
        coalesce(movements.contraction_mrr, 0) as contraction_mrr,
        coalesce(movements.churned_mrr, 0) as churned_mrr,
        coalesce(movements.reactivation_mrr, 0) as reactivation_mrr,
        balances.closing_mrr,
        balances.committed_mrr,
        coalesce(usage.usage_mrr, 0) as usage_mrr,
        balances.closing_mrr_constant,
        coalesce(movements.times_new, 0) as times_new,
        coalesce(movements.times_churned, 0) as times_churned,
        coalesce(movements.times_reactivated, 0) as times_reactivated
    from balances
    left join movements
        on
            balances.customer_id = movements.customer_id
            and balances.month_index = movements.month_index
    left join usage
        on
            balances.customer_id = usage.customer_id
            and balances.month_index = usage.month_index
)

select
    {{ month_from_index('month_index') }} as period_month,
    customer_id,
    opening_mrr,
    cast(new_mrr as {{ type_money() }}) as new_mrr,
    cast(expansion_mrr as {{ type_money() }}) as expansion_mrr,
    cast(contraction_mrr as {{ type_money() }}) as contraction_mrr,
    cast(churned_mrr as {{ type_money() }}) as churned_mrr,
    cast(reactivation_mrr as {{ type_money() }}) as reactivation_mrr,
    cast(
        closing_mrr - opening_mrr
        - new_mrr - expansion_mrr - contraction_mrr - churned_mrr - reactivation_mrr
        as {{ type_money() }}
    ) as fx_mrr,
    closing_mrr,
    committed_mrr,
    cast(usage_mrr as {{ type_money() }}) as usage_mrr,
    closing_mrr_constant,
    {{ constant_currency_date() }} as constant_currency_date,
    times_new,
    times_churned,
    times_reactivated,
    month_index = {{ month_index(as_of_date()) }} as is_partial
from joined
where
    opening_mrr <> 0
    or closing_mrr <> 0
    or new_mrr <> 0
    or expansion_mrr <> 0
    or contraction_mrr <> 0
    or churned_mrr <> 0
    or reactivation_mrr <> 0
