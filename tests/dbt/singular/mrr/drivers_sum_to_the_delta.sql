-- metrics.md 3: every ledger row splits its delta exactly, in native money and at the day's rate.
select *
from {{ ref('fct_mrr_ledger') }}
where
    quantity_effect_native + price_effect_native + discount_effect_native
    + interval_effect_native + product_effect_native + start_effect_native + end_effect_native
    <> mrr_delta_native
    or quantity_effect + price_effect + discount_effect + interval_effect + product_effect
    + start_effect + end_effect <> mrr_delta
    or mrr_after_native - mrr_before_native <> mrr_delta_native
