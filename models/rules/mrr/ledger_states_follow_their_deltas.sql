-- Grain: one row per ledger row that breaks the rule: its delta does not lead from the state before
-- to the state after, or one of these is negative.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
)

select
    ledger_id || ': MRR ' || {{ told('mrr_before_native') }}
    || ' plus ' || {{ told('mrr_delta_native') }}
    || ' does not lead to '
    || {{ told('mrr_after_native') }}
    || ' ' || coalesce(currency, 'of no currency') || ', or one of the two is negative' as message,
    ledger_id,
    customer_id,
    mrr_before_native,
    mrr_delta_native,
    mrr_after_native
from ledger
where
    mrr_before_native + mrr_delta_native is distinct from mrr_after_native
    or mrr_before_native < 0
    or mrr_after_native < 0
