-- Grain: one row per month and segment that breaks the rule: negative MRR or customers, MRR of no
-- customer, or an ARR that is not twelve times the MRR.
with months as (
    select * from {{ ref('fct_mrr_monthly') }}
)

select
    cast(period_month as {{ dbt.type_string() }}) || ', ' || segment_type || ' ' || segment_value
    || ': cannot open with ' || coalesce(cast(opening_mrr as {{ dbt.type_string() }}), 'nothing')
    || ' of ' || coalesce(cast(opening_customers as {{ dbt.type_string() }}), 'nothing')
    || ' customers, close with '
    || coalesce(cast(closing_mrr as {{ dbt.type_string() }}), 'nothing')
    || ' of ' || coalesce(cast(closing_customers as {{ dbt.type_string() }}), 'nothing')
    || ' and have an ARR of '
    || coalesce(cast(arr as {{ dbt.type_string() }}), 'nothing') as message,
    period_month,
    segment_type,
    segment_value,
    opening_mrr,
    closing_mrr,
    arr,
    opening_customers,
    closing_customers
from months
where
    opening_mrr < 0
    or closing_mrr < 0
    or opening_customers < 0
    or closing_customers < 0
    or (closing_customers = 0 and closing_mrr <> 0)
    or arr is distinct from 12 * closing_mrr
