-- Grain: one row per month and segment that breaks the rule: GRR is above NRR, or net churn is not
-- what NRR leaves.
-- GRR and NRR are each divided once from exact sums, so that they need no tolerance.
with churn as (
    select * from {{ ref('fct_churn_monthly') }}
)

select
    {{ told_segment('period_month') }}
    || ': GRR '
    || {{ told('grr') }}
    || ', NRR '
    || {{ told('nrr') }}
    || ', net MRR churn rate '
    || {{ told('net_mrr_churn_rate') }} as message,
    period_month,
    segment_type,
    segment_value
from churn
where
    grr > nrr
    or abs(1 - nrr - net_mrr_churn_rate) > 1e-9
    or (grr is null) <> (nrr is null)
    or (net_mrr_churn_rate is null) <> (nrr is null)
