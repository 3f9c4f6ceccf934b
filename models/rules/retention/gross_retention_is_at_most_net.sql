-- Grain: one row per month and segment that breaks the rule: GRR is above NRR, or net churn is not
-- what NRR leaves.
-- GRR and NRR are each divided once from exact sums, so that they need no tolerance.
with churn as (
    select * from {{ ref('fct_churn_monthly') }}
)

select
    coalesce(cast(period_month as {{ dbt.type_string() }}), 'nothing')
    || ', ' || coalesce(segment_type, 'nothing') || ' ' || coalesce(segment_value, 'nothing')
    || ': GRR '
    || coalesce(cast(grr as {{ dbt.type_string() }}), 'nothing')
    || ', NRR '
    || coalesce(cast(nrr as {{ dbt.type_string() }}), 'nothing')
    || ', net MRR churn rate '
    || coalesce(cast(net_mrr_churn_rate as {{ dbt.type_string() }}), 'nothing') as message,
    period_month,
    segment_type,
    segment_value
from churn
where
    grr > nrr
    or abs(1 - nrr - net_mrr_churn_rate) > 1e-9
    or (grr is null) <> (nrr is null)
    or (net_mrr_churn_rate is null) <> (nrr is null)
