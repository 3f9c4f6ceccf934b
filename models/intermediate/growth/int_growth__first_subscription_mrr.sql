-- Grain: one row per subscription that ever had MRR.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
)

select
    subscription_id,
    min(effective_date) as first_mrr_on
from ledger
where mrr_after_native > 0
group by subscription_id
