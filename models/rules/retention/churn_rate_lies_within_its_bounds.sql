-- Grain: one row per month and segment that breaks the rule: its churn rate lies outside its
-- bounds, or is not churned / starting customers.
with churn as (
    select * from {{ ref('fct_churn_monthly') }}
)

select
    coalesce(cast(period_month as {{ dbt.type_string() }}), 'nothing')
    || ', ' || coalesce(segment_type, 'nothing') || ' ' || coalesce(segment_value, 'nothing')
    || ': '
    || coalesce(cast(churned_customers as {{ dbt.type_string() }}), 'nothing')
    || ' of '
    || coalesce(cast(starting_customers as {{ dbt.type_string() }}), 'nothing')
    || ' customers churned, rate '
    || coalesce(cast(customer_churn_rate as {{ dbt.type_string() }}), 'nothing')
    || ' between '
    || coalesce(cast(customer_churn_rate_low as {{ dbt.type_string() }}), 'nothing')
    || ' and '
    || coalesce(cast(customer_churn_rate_high as {{ dbt.type_string() }}), 'nothing') as message,
    period_month,
    segment_type,
    segment_value
from churn
where
    customer_churn_rate < customer_churn_rate_low - 1e-9
    or customer_churn_rate > customer_churn_rate_high + 1e-9
    or (customer_churn_rate is null) <> (customer_churn_rate_low is null)
    or (customer_churn_rate is null) <> (customer_churn_rate_high is null)
    or (
        customer_churn_rate is not null
        and coalesce(
            abs(customer_churn_rate * starting_customers - churned_customers) > 1e-6, true
        )
    )
