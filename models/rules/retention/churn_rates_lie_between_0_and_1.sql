-- Grain: one row per month and segment that breaks the rule: one of its rates is no share.
with churn as (
    select * from {{ ref('fct_churn_monthly') }}
)

select
    coalesce(cast(period_month as {{ dbt.type_string() }}), 'nothing')
    || ', ' || coalesce(segment_type, 'nothing') || ' ' || coalesce(segment_value, 'nothing')
    || ': customer churn rate '
    || coalesce(cast(customer_churn_rate as {{ dbt.type_string() }}), 'nothing')
    || ', annualised '
    || coalesce(cast(annualised_customer_churn_rate as {{ dbt.type_string() }}), 'nothing')
    || ', gross MRR churn rate '
    || coalesce(cast(gross_mrr_churn_rate as {{ dbt.type_string() }}), 'nothing')
    || ', GRR '
    || coalesce(cast(grr as {{ dbt.type_string() }}), 'nothing') as message,
    period_month,
    segment_type,
    segment_value
from churn
where
    customer_churn_rate not between 0 and 1
    or annualised_customer_churn_rate not between 0 and 1
    or gross_mrr_churn_rate not between 0 and 1
    or grr not between 0 and 1
