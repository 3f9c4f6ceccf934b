-- Grain: one row per subscription and time during which its end was asked for.
-- A request that a later delivery no longer shows was taken back with that delivery.
with observations as (
    select
        subscription_id,
        recorded_at,
        coalesce(
            cancel_requested_at,
            case when ends_at is not null and status <> 'ended' then recorded_at end
        ) as requested_at
    from {{ ref('stg_subscription_observations') }}
    where {{ is_touched_subscription() }}
),

compared as (
    select
        observations.*,
        case when observations.requested_at is null then 0 else 1 end as is_requested,
        lag(case when observations.requested_at is null then 0 else 1 end, 1, 0) over (
            partition by observations.subscription_id
            order by observations.recorded_at
        ) as was_requested
    from observations
),

changes as (
    select
        compared.*,
        lead(compared.recorded_at) over (
            partition by compared.subscription_id
            order by compared.recorded_at
        ) as next_change_at
    from compared
    where compared.is_requested <> compared.was_requested
)

select
    subscription_id,
    requested_at,
    next_change_at as withdrawn_at
from changes
where is_requested = 1
