-- metrics.md 5: a future-dated row changes nothing that is published as fact.
select
    ledger_id as row_id,
    effective_at
from {{ ref('fct_mrr_ledger') }}
where effective_at > {{ as_of() }}
