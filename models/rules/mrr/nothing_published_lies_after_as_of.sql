-- Grain: one row per ledger row that breaks the rule: it holds only after the as-of instant. What
-- is scheduled changes nothing that is published as fact.
-- DECISIONS.md#as_of-includes-its-own-instant
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
)

select
    ledger_id || ': holds from ' || cast(effective_at as {{ dbt.type_string() }})
    || ', after the as-of instant ' || cast({{ as_of() }} as {{ dbt.type_string() }}) as message,
    ledger_id,
    effective_at
from ledger
where effective_at > {{ as_of() }}
