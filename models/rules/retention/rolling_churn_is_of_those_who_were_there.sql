-- Grain: one row per day that breaks the rule: more were lost than were there or came, or the day
-- before is missing.
with rolling as (
    select * from {{ ref('fct_churn_rolling') }}
),

days as (
    select
        *,
        lag(churn_day) over (order by churn_day) as previous_day
    from rolling
)

select
    coalesce(cast(churn_day as {{ dbt.type_string() }}), 'nothing')
    || ': of '
    || coalesce(cast(active_customers_30d_ago as {{ dbt.type_string() }}), 'nothing')
    || ' customers and '
    || coalesce(cast(new_customers_30d as {{ dbt.type_string() }}), 'nothing')
    || ' new ones '
    || coalesce(cast(churned_customers_30d as {{ dbt.type_string() }}), 'nothing')
    || ' were lost, '
    || coalesce(cast(churned_active_customers_30d as {{ dbt.type_string() }}), 'nothing')
    || ' of those who were there; the day before it is '
    || coalesce(cast(previous_day as {{ dbt.type_string() }}), 'nothing') as message,
    churn_day
from days
where
    coalesce(
        least(active_customers_30d_ago, new_customers_30d) < 0
        or churned_active_customers_30d not between 0 and active_customers_30d_ago
        or churned_active_customers_30d > churned_customers_30d
        or churned_customers_30d > active_customers_30d_ago + new_customers_30d,
        true
    )
    or {{ days_between('previous_day', 'churn_day') }} <> 1
