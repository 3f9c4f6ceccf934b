-- Grain: one row per ledger row that breaks the rule: its effects do not add up to its delta, in
-- native money or in the reporting currency.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

added_up as (
    select
        ledger.*,
        quantity_effect_native + price_effect_native + discount_effect_native
        + interval_effect_native + product_effect_native + start_effect_native
        + end_effect_native as effects_native,
        quantity_effect + price_effect + discount_effect + interval_effect + product_effect
        + start_effect + end_effect as effects
    from ledger
)

select
    ledger_id
    || ': effects add up to '
    || {{ told('effects_native') }}
    || ' of a delta of ' || {{ told('mrr_delta_native') }}
    || ' ' || coalesce(currency, 'of no currency')
    || ', and to ' || {{ told('effects') }}
    || ' of a delta of ' || {{ told('mrr_delta') }}
    || ' ' || {{ reporting_currency() }}
    || ' from ' || {{ told('mrr_before') }}
    || ' to ' || {{ told('mrr_after') }} as message,
    ledger_id,
    customer_id,
    mrr_delta_native,
    effects_native,
    mrr_delta,
    effects
from added_up
where
    effects_native is distinct from mrr_delta_native
    or effects is distinct from mrr_delta
    or mrr_before + mrr_delta is distinct from mrr_after
