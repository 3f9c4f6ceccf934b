-- Grain: one row per finding that breaks the rule: it puts less than nothing at risk, or says not
-- how much.
with findings as (
    select * from {{ ref('fct_revenue_leakage') }}
)

select
    coalesce(finding_id, 'nothing') || ' of ' || coalesce(customer_id, 'nothing') || ' puts '
    || coalesce(cast(amount_at_risk as {{ dbt.type_string() }}), 'nothing')
    || ' at risk' as message,
    finding_id,
    finding_type,
    customer_id
from findings
where coalesce(amount_at_risk < 0, true)
