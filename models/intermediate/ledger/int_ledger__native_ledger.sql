{{ config(materialized='kept', by='customer') }}

-- Grain: one row per item and instant at which its MRR, its committed MRR, its plan, its billing
-- interval or its quantity changed, in native money: nothing in it depends on a rate.
-- DECISIONS.md#who-told-it
-- DECISIONS.md#interval-change
-- DECISIONS.md#the-plan-of-a-scheduled-change
with changes as (
    select * from {{ ref('int_ledger__item_changes') }}
    where
        mrr_delta <> 0
        or committed_mrr_delta <> 0
        or (
            mrr_after > 0
            and (is_plan_change or is_interval_change or quantity_before <> quantity_after)
        )
),

classed as (
    select
        changes.*,
        case
            when mrr_before = 0 then 'start'
            when mrr_after = 0 then 'end'
            when coalesce(product_id, '') <> coalesce(previous_product_id, '') then 'product'
            else 'terms'
        end as driver
    from changes
),

measured as (
    select
        classed.*,
        case
            when driver = 'terms' then {{ quantity_effect(
                'price_per_unit_before',
                'quantity_before',
                'quantity_after',
                'interval_unit_before',
                'interval_count_before'
            ) }}
            else cast(0 as {{ type_money() }})
        end as quantity_effect,
        case
            when driver = 'terms' then list_mrr_after - list_mrr_before
            else cast(0 as {{ type_money() }})
        end as list_delta
    from classed
)

select
    ---------- ids
    subscription_id || '/' || item_id || '/' || cast(effective_at as {{ dbt.type_string() }})
    || '/' || change_side as ledger_id,
    customer_id,
    subscription_id,
    item_id,
    product_id,
    price_id,
    plan_name,
    previous_product_id,
    previous_plan_name,
    ---------- how it is billed; what has no MRR has no quantity
    {{ billing_interval('interval_unit', 'interval_count') }} as billing_interval,
    {{ billing_interval('interval_unit_before', 'interval_count_before') }}
        as previous_billing_interval,
    cast(case when mrr_before > 0 then quantity_before else 0 end as {{ type_quantity() }})
        as quantity_before,
    cast(case when mrr_after > 0 then quantity_after else 0 end as {{ type_quantity() }})
        as quantity_after,
    ---------- clock
    effective_at,
    {{ local_date('effective_at') }} as effective_date,
    recorded_at,
    ---------- money per month, native
    currency,
    mrr_before as mrr_before_native,
    mrr_after as mrr_after_native,
    mrr_delta as mrr_delta_native,
    committed_mrr_after as committed_mrr_after_native,
    committed_mrr_delta as committed_mrr_delta_native,
    ---------- drivers: they sum to the delta
    cast(quantity_effect as {{ type_money() }}) as quantity_effect_native,
    cast(
        case
            when is_interval_change then 0 else list_delta - quantity_effect
        end as {{ type_money() }}
    )
        as price_effect_native,
    cast(case when driver = 'terms' then mrr_delta - list_delta else 0 end as {{ type_money() }})
        as discount_effect_native,
    cast(
        case
            when is_interval_change then list_delta - quantity_effect else 0
        end as {{ type_money() }}
    )
        as interval_effect_native,
    cast(case when driver = 'product' then mrr_delta else 0 end as {{ type_money() }})
        as product_effect_native,
    cast(case when driver = 'start' then mrr_delta else 0 end as {{ type_money() }})
        as start_effect_native,
    cast(case when driver = 'end' then mrr_delta else 0 end as {{ type_money() }})
        as end_effect_native,
    ---------- lineage
    standing,
    source_name,
    source_file,
    source_line
from measured
