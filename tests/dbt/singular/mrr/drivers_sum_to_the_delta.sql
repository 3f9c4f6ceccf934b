-- metrics.md 3: every ledger row splits its delta exactly.
select *
from {{ ref('fct_mrr_ledger') }}
where
    quantity_effect + price_effect + discount_effect + interval_effect + product_effect
    + start_effect + end_effect <> mrr_delta_native
    or mrr_after_native - mrr_before_native <> mrr_delta_native
