-- Grain: one row per month and segment that breaks the rule: its kinds of churn are not all of it,
-- or more customers left than there were.
with churn as (
    select * from {{ ref('fct_churn_monthly') }}
)

select
    coalesce(cast(period_month as {{ dbt.type_string() }}), 'nothing')
    || ', ' || coalesce(segment_type, 'nothing') || ' ' || coalesce(segment_value, 'nothing')
    || ': '
    || coalesce(cast(voluntary_customers as {{ dbt.type_string() }}), 'nothing')
    || ' voluntary, '
    || coalesce(cast(involuntary_customers as {{ dbt.type_string() }}), 'nothing')
    || ' involuntary, '
    || coalesce(cast(unknown_customers as {{ dbt.type_string() }}), 'nothing')
    || ' unknown and '
    || coalesce(cast(paused_customers as {{ dbt.type_string() }}), 'nothing')
    || ' paused are to be '
    || coalesce(cast(churned_customers as {{ dbt.type_string() }}), 'nothing')
    || ' churned of '
    || coalesce(cast(starting_customers as {{ dbt.type_string() }}), 'nothing')
    || ' customers' as message,
    period_month,
    segment_type,
    segment_value
from churn
where
    coalesce(churned_customers not between 0 and starting_customers, true)
    or churned_customers
    is distinct from voluntary_customers + involuntary_customers + unknown_customers
    + paused_customers
