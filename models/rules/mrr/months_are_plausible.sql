-- Grain: one row per month and segment that breaks the rule: negative MRR or customers, MRR of no
-- customer, or an ARR that is not twelve times the MRR.
with months as (
    select * from {{ ref('fct_mrr_monthly') }}
)

select
    cast(period_month as {{ dbt.type_string() }}) || ', ' || segment_type || ' ' || segment_value
    || ': cannot open with ' || {{ told('opening_mrr') }}
    || ' of ' || {{ told('opening_customers') }}
    || ' customers, close with '
    || {{ told('closing_mrr') }}
    || ' of ' || {{ told('closing_customers') }}
    || ' and have an ARR of '
    || {{ told('arr') }} as message,
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
