{{ config(materialized='kept', by='customer') }}

-- Grain: one row per item and instant at which its MRR, its committed MRR or its plan changed.
-- In the reporting currency, states are converted and rounded, and a delta or an effect is the
-- difference of two of them: so effects add up to the delta there too.
-- DECISIONS.md#a-ledger-row-in-the-reporting-currency
with ledger as (
    select
        *,
        cast(mrr_before_native + quantity_effect_native as {{ type_money() }})
            as mrr_at_new_quantity,
        cast(mrr_after_native - discount_effect_native as {{ type_money() }})
            as mrr_at_old_discount
    from {{ ref('int_ledger__native_ledger') }}
    where
        {{ is_affected_row('int_ledger__native_ledger') }}
        and (
            mrr_delta_native <> 0
            or committed_mrr_delta_native <> 0
            or {{ is_plan_change() }}
        )
),

movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

rates as (
    select
        *,
        cast(rate as {{ type_double() }}) as rate_as_double
    from {{ ref('int_fx__day_rates') }}
),

valued as (
    select
        ledger.*,
        movements.movement_id,
        {{ balance_in_reporting_currency(
            'ledger.mrr_before_native', 'ledger.currency', 'rates.rate', 'rates.rate_as_double'
        ) }} as mrr_before,
        {{ balance_in_reporting_currency(
            'ledger.mrr_at_new_quantity', 'ledger.currency', 'rates.rate', 'rates.rate_as_double'
        ) }} as mrr_with_new_quantity,
        {{ balance_in_reporting_currency(
            'ledger.mrr_at_old_discount', 'ledger.currency', 'rates.rate', 'rates.rate_as_double'
        ) }} as mrr_with_new_price,
        {{ balance_in_reporting_currency(
            'ledger.mrr_after_native', 'ledger.currency', 'rates.rate', 'rates.rate_as_double'
        ) }} as mrr_after
    from ledger
    left join movements
        on
            ledger.customer_id = movements.customer_id
            and ledger.effective_date = movements.movement_date
    left join rates
        on
            ledger.currency = rates.currency
            and ledger.effective_date = rates.rate_day
)

select
    ---------- ids
    ledger_id,
    customer_id,
    subscription_id,
    item_id,
    product_id,
    price_id,
    movement_id,
    plan_name,
    previous_product_id,
    previous_plan_name,
    ---------- clock
    effective_at,
    effective_date,
    recorded_at,
    ---------- money per month, native
    currency,
    mrr_before_native,
    mrr_after_native,
    mrr_delta_native,
    committed_mrr_after_native,
    committed_mrr_delta_native,
    ---------- drivers, native: they sum to the delta
    quantity_effect_native,
    price_effect_native,
    discount_effect_native,
    interval_effect_native,
    product_effect_native,
    start_effect_native,
    end_effect_native,
    ---------- the same in the reporting currency, at the rate of the day
    mrr_before,
    mrr_after,
    cast(mrr_after - mrr_before as {{ type_money() }}) as mrr_delta,
    {{ converted_effect('quantity_effect_native', 'mrr_before', 'mrr_with_new_quantity') }}
        as quantity_effect,
    {{ converted_effect('price_effect_native', 'mrr_with_new_quantity', 'mrr_with_new_price') }}
        as price_effect,
    {{ converted_effect('discount_effect_native', 'mrr_with_new_price', 'mrr_after') }}
        as discount_effect,
    {{ converted_effect('interval_effect_native', 'mrr_with_new_quantity', 'mrr_with_new_price') }}
        as interval_effect,
    {{ converted_effect('product_effect_native', 'mrr_before', 'mrr_after') }} as product_effect,
    {{ converted_effect('start_effect_native', 'mrr_before', 'mrr_after') }} as start_effect,
    {{ converted_effect('end_effect_native', 'mrr_before', 'mrr_after') }} as end_effect,
    ---------- lineage
    standing,
    source_name,
    source_file,
    source_line
from valued
