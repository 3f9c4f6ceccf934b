-- Grain: one row per local day since the first movement: churn of the 30 days before it.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
    where movement_type in ('new', 'reactivation', 'churn')
),

churns as (
    select * from {{ ref('int_retention__churn_movements') }}
),

bounds as (
    select min(movement_date) as first_day
    from movements
),

days as (
    select {{ expand_days('first_day', as_of_date()) }} as churn_day
    from bounds
    where first_day is not null
),

changes as (
    select
        movements.movement_date,
        sum(case when movements.movement_type = 'churn' then -1 else 1 end) as active_delta,
        {{ count_where("movements.movement_type <> 'churn'") }} as joined,
        {{ count_where('churns.movement_id is not null and not churns.is_short_pause') }} as lost
    from movements
    left join churns
        on movements.movement_id = churns.movement_id
    group by movements.movement_date
),

daily as (
    select
        days.churn_day,
        coalesce(changes.active_delta, 0) as active_delta,
        coalesce(changes.joined, 0) as joined,
        coalesce(changes.lost, 0) as lost
    from days
    left join changes
        on days.churn_day = changes.movement_date
),

-- The day itself is not over: its own events count from tomorrow.
windows as (
    select
        churn_day,
        sum(active_delta) over (
            order by churn_day rows between unbounded preceding and 31 preceding
        ) as active_before,
        sum(joined) over (order by churn_day rows between 30 preceding and 1 preceding)
            as joined_30d,
        sum(lost) over (order by churn_day rows between 30 preceding and 1 preceding) as lost_30d
    from daily
),

counts as (
    select
        churn_day,
        cast(coalesce(active_before, 0) as bigint) as active_customers_30d_ago,
        cast(coalesce(joined_30d, 0) as bigint) as new_customers_30d,
        cast(coalesce(lost_30d, 0) as bigint) as churned_customers_30d
    from windows
)

select
    churn_day,
    active_customers_30d_ago,
    new_customers_30d,
    churned_customers_30d,
    {{ count_rate('churned_customers_30d', 'active_customers_30d_ago') }} as rolling_churn_rate,
    {{ count_rate('churned_customers_30d', '(active_customers_30d_ago + new_customers_30d)') }}
        as rolling_churn_rate_with_new
from counts
