-- Grain: one row per customer, currency and other history of its source that breaks the rule: its
-- MRR is too far from ours. The worst come first.
with compared as (
    select * from {{ ref('fct_mrr_reconciliation') }}
    where not is_total
)

select
    cast(period_month as {{ dbt.type_string() }}) || ', ' || customer_id
    || ': ' || cast(mrr as {{ dbt.type_string() }}) || ' by ' || mrr_basis
    || ', ' || cast(compared_mrr as {{ dbt.type_string() }}) || ' by ' || compared_with
    || ' of ' || source_name || ' in ' || currency
    || ', more than ' || cast(tolerance as {{ dbt.type_string() }}) || ' of that apart' as message,
    customer_id,
    mrr,
    compared_mrr,
    difference,
    compared_with,
    source_name,
    currency,
    period_month
from compared
where not coalesce(is_within_tolerance, false)
order by
    abs(difference) desc,
    customer_id asc,
    currency asc,
    compared_with asc
