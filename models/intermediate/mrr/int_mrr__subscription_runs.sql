-- Grain: one row per subscription and run of deliveries that gave it the same status.
-- The dates are those of the run's last delivery: a corrected end replaces the first one given.
with observations as (
    select * from {{ ref('stg_subscription_observations') }}
    where {{ is_touched_subscription() }}
),

compared as (
    select
        observations.*,
        lag(observations.status) over subscription as previous_status
    from observations
    window subscription as (
        partition by observations.subscription_id
        order by observations.recorded_at
    )
),

numbered as (
    select
        compared.*,
        sum(case when compared.status = compared.previous_status then 0 else 1 end) over (
            partition by compared.subscription_id
            order by compared.recorded_at
            rows between unbounded preceding and current row
        ) as run_number
    from compared
),

ranked as (
    select
        numbered.*,
        min(numbered.recorded_at) over run as first_seen_at,
        row_number() over (
            partition by numbered.subscription_id, numbered.run_number
            order by numbered.recorded_at desc
        ) as recency
    from numbered
    window run as (partition by numbered.subscription_id, numbered.run_number)
)

select
    subscription_id,
    customer_id,
    cast(run_number as integer) as run_number,
    status,
    lag(status) over subscription_runs as previous_status,
    started_at,
    trial_ended_at,
    case
        when status = 'ended' then coalesce(ended_at, first_seen_at)
        when status = 'paused' then coalesce(paused_at, first_seen_at)
        when run_number = 1 then coalesce(trial_ended_at, started_at)
        when lag(status) over subscription_runs = 'trialing' and trial_ended_at <= first_seen_at
            then trial_ended_at
        else first_seen_at
    end as status_from,
    first_seen_at
from ranked
where recency = 1
window subscription_runs as (partition by subscription_id order by run_number)
