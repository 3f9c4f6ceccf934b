-- Grain: one row per year and segment that breaks the rule: its retention is not what churn leaves,
-- or GRR is above 1 or NRR.
-- GRR and NRR are each divided once from exact sums, so that they need no tolerance.
with churn as (
    select * from {{ ref('fct_churn_annual') }}
)

select
    'twelve months to ' || {{ told_segment('period_month') }}
    || ': churn rate '
    || {{ told('customer_churn_rate') }}
    || ', retention rate '
    || {{ told('retention_rate') }}
    || ', GRR '
    || {{ told('grr') }}
    || ', NRR '
    || {{ told('nrr') }} as message,
    period_month,
    segment_type,
    segment_value
from churn
where
    abs(1 - customer_churn_rate - retention_rate) > 1e-9
    or (customer_churn_rate is null) <> (retention_rate is null)
    or customer_churn_rate not between 0 and 1
    or grr not between 0 and 1
    or grr > nrr
    or (grr is null) <> (nrr is null)
