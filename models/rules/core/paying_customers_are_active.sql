-- Grain: one row per customer that breaks the rule: it has MRR without being active, or negative
-- MRR.
with customers as (
    select * from {{ ref('dim_customers') }}
)

select
    customer_id || ': is ' || coalesce(status, 'of no status')
    || ' with MRR ' || {{ told('mrr') }} as message,
    customer_id,
    status,
    mrr
from customers
where
    coalesce(mrr < 0, true)
    or (mrr > 0 and status is distinct from 'active')
