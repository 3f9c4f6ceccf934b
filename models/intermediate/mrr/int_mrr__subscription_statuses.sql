-- Grain: one row per subscription and period of one status.
-- The first delivery shows the present only; its dates say what came before: a trial, then active,
-- then what the status says now. Every later status holds from its own date, else from its
-- delivery.
with runs as (
    select * from {{ ref('int_mrr__subscription_runs') }}
),

trials as (
    select
        subscription_id,
        'trialing' as status,
        started_at as status_start_at,
        0 as sequence
    from runs
    where
        run_number = 1
        and status not in ('incomplete', 'trialing')
        and trial_ended_at > started_at
),

paid_before as (
    select
        subscription_id,
        'active' as status,
        greatest(started_at, coalesce(trial_ended_at, started_at)) as status_start_at,
        1 as sequence
    from runs
    where
        run_number = 1
        and status in ('paused', 'ended')
        and status_from > greatest(started_at, coalesce(trial_ended_at, started_at))
),

observed as (
    select
        subscription_id,
        status,
        case
            when run_number = 1 and status in ('incomplete', 'trialing') then started_at
            when run_number = 1 then greatest(started_at, status_from)
            else status_from
        end as status_start_at,
        1 + run_number as sequence
    from runs
),

statuses as (
    select * from trials
    union all
    select * from paid_before
    union all
    select * from observed
),

-- What was learnt later wins: an end dated before an earlier delivery's news ends that news too.
bounded as (
    select
        statuses.*,
        min(statuses.status_start_at) over (
            partition by statuses.subscription_id
            order by statuses.sequence
            rows between 1 following and unbounded following
        ) as status_end_at
    from statuses
)

select
    subscription_id,
    status,
    status_start_at,
    status_end_at
from bounded
where
    status_end_at is null
    or status_end_at > status_start_at
