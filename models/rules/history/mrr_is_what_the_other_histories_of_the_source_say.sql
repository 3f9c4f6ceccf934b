-- Grain: one row per month, source and other history of it that breaks the rule: its total is too
-- far from ours.
with compared as (
    select * from {{ ref('fct_mrr_reconciliation') }}
    where is_total
)

select
    cast(period_month as {{ dbt.type_string() }}) || ', ' || source_name
    || ': ' || cast(mrr as {{ dbt.type_string() }}) || ' by ' || mrr_basis
    || ', ' || cast(compared_mrr as {{ dbt.type_string() }}) || ' by ' || compared_with
    || ', more than ' || cast(tolerance as {{ dbt.type_string() }}) || ' of that apart' as message,
    period_month,
    source_name,
    mrr_basis,
    mrr,
    compared_with,
    compared_mrr,
    difference
from compared
where not coalesce(is_within_tolerance, false)
