-- metrics.md 9.
select
    ledger_id as row_id,
    mrr_after_native as mrr
from {{ ref('fct_mrr_ledger') }}
where
    mrr_after_native < 0
    or mrr_before_native < 0

union all

select
    customer_id as row_id,
    closing_mrr as mrr
from {{ ref('fct_customer_mrr_monthly') }}
where
    closing_mrr < 0
    or opening_mrr < 0
    or committed_mrr < 0
