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
    {{ told('churn_day') }}
    || ': of '
    || {{ told('active_customers_30d_ago') }}
    || ' customers and '
    || {{ told('new_customers_30d') }}
    || ' new ones '
    || {{ told('churned_customers_30d') }}
    || ' were lost, '
    || {{ told('churned_active_customers_30d') }}
    || ' of those who were there; the day before it is '
    || {{ told('previous_day') }} as message,
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
