-- Grain: one row per local day since the first movement: churn of the 30 days before it.
with changes as (
    select * from {{ ref('int_retention__rolling_changes') }}
),

bounds as (
    select min(started_on) as first_day
    from {{ ref('int_retention__lives') }}
),

days as (
    select {{ expand_days('first_day', as_of_date()) }} as churn_day
    from bounds
    where first_day is not null
),

daily as (
    select
        change_day,
        sum(case when part = 'active' then delta else 0 end) as active_delta,
        sum(case when part = 'new' then delta else 0 end) as new_delta,
        sum(case when part = 'churned' then delta else 0 end) as churned_delta,
        sum(case when part = 'churned_active' then delta else 0 end) as churned_active_delta
    from changes
    group by change_day
),

running as (
    select
        days.churn_day,
        sum(coalesce(daily.active_delta, 0)) over history as active,
        sum(coalesce(daily.new_delta, 0)) over history as joined,
        sum(coalesce(daily.churned_delta, 0)) over history as churned,
        sum(coalesce(daily.churned_active_delta, 0)) over history as churned_active
    from days
    left join daily
        on days.churn_day = daily.change_day
    window history as (
        order by days.churn_day rows between unbounded preceding and current row
    )
),

counts as (
    select
        churn_day,
        cast(active as bigint) as active_customers_30d_ago,
        cast(joined as bigint) as new_customers_30d,
        cast(churned as bigint) as churned_customers_30d,
        cast(churned_active as bigint) as churned_active_customers_30d
    from running
)

select
    churn_day,
    active_customers_30d_ago,
    new_customers_30d,
    churned_customers_30d,
    churned_active_customers_30d,
    {{ count_rate('churned_active_customers_30d', 'active_customers_30d_ago') }}
        as rolling_churn_rate,
    {{ count_rate('churned_customers_30d', '(active_customers_30d_ago + new_customers_30d)') }}
        as rolling_churn_rate_with_new
from counts
