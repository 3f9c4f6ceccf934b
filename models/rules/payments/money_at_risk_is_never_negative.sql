-- Grain: one row per finding that breaks the rule: it puts less than nothing at risk, or says not
-- how much.
with findings as (
    select * from {{ ref('fct_revenue_leakage') }}
)

select
    {{ told('finding_id') }} || ' of ' || {{ told('customer_id') }} || ' puts '
    || {{ told('amount_at_risk') }}
    || ' at risk' as message,
    finding_id,
    finding_type,
    customer_id
from findings
where coalesce(amount_at_risk < 0, true)
