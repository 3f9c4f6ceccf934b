-- Grain: one row per subscription and time during which its end was asked for.
-- A request that a later delivery no longer shows was taken back with that delivery. None was made
-- while a delivery showed none.
with observations as (
    select
        subscription_id,
        source_file,
        source_line,
        recorded_at,
        coalesce(
            cancel_requested_at,
            case when ends_at is not null and status <> 'ended' then recorded_at end
        ) as requested_at
    from {{ ref('stg_subscription_observations') }}
    where {{ is_affected_subscription() }}
),

compared as (
    select
        observations.*,
        case when observations.requested_at is null then 0 else 1 end as is_requested,
        lag(case when observations.requested_at is null then 0 else 1 end, 1, 0) over subscription
            as was_requested,
        lag(observations.recorded_at) over subscription as previous_recorded_at
    from observations
    window subscription as (
        partition by observations.subscription_id
        order by observations.recorded_at
    )
),

changes as (
    select
        compared.*,
        lead(compared.recorded_at) over subscription as next_change_at,
        lead(compared.source_file) over subscription as next_source_file,
        lead(compared.source_line) over subscription as next_source_line
    from compared
    where compared.is_requested <> compared.was_requested
    window subscription as (
        partition by compared.subscription_id
        order by compared.recorded_at
    )
)

select
    subscription_id,
    greatest(requested_at, coalesce(previous_recorded_at, requested_at)) as requested_at,
    next_change_at as withdrawn_at,
    source_file,
    source_line,
    recorded_at,
    next_source_file as end_source_file,
    next_source_line as end_source_line,
    next_change_at as end_recorded_at
from changes
where is_requested = 1
