-- Grain: one row per subscription and period of one status.
-- The first delivery shows the present only; its dates say what came before: a trial, then active,
-- then what the status says now, from its date, else from when it was seen. A trial inside a paid
-- life lies where its dates are. Every later status holds from its own date, else from its
-- delivery. An end to come is the end, as long as nothing says otherwise.
-- DECISIONS.md#the-present-and-the-past-of-a-subscription-row
-- DECISIONS.md#between-two-deliveries
with observed as (
    select
        observed.*,
        -- Exports write the start and that of the first trial some seconds apart.
        coalesce(
            trial_started_at > {{ add_days_to_instant('started_at', 1) }}, false
        ) as is_trial_later
    from {{ ref('int_terms__observed_statuses') }} as observed
),

first_stretches as (
    select
        observed.*,
        case
            when not is_trial_later and trial_ended_at > started_at
                then least(trial_ended_at, first_seen_at)
            else started_at
        end as paid_from
    from observed
    where stretch_number = 1
),

-- Whatever a first stretch may have come from is laid down. What begins no later than what comes
-- before it leaves that no time, and a piece without any is left out at the end.
pieces as (
    -- A trial that the life began with.
    select
        subscription_id,
        stretch_number,
        'trialing' as status,
        started_at as status_start_at,
        0 as step
    from first_stretches

    union all

    -- The paid time before the status that it has now, and before a trial inside that time.
    select
        subscription_id,
        stretch_number,
        'active' as status,
        paid_from as status_start_at,
        1 as step
    from first_stretches

    union all

    select
        subscription_id,
        stretch_number,
        'trialing' as status,
        trial_started_at as status_start_at,
        2 as step
    from first_stretches
    where
        is_trial_later
        and trial_started_at < trial_ended_at
        and trial_started_at < first_seen_at

    union all

    select
        subscription_id,
        stretch_number,
        'active' as status,
        trial_ended_at as status_start_at,
        3 as step
    from first_stretches
    where
        is_trial_later
        and trial_started_at < trial_ended_at
        and trial_ended_at < first_seen_at

    union all

    -- A trial ended between two deliveries, and what was paid after it ended too.
    select
        subscription_id,
        stretch_number,
        'active' as status,
        greatest(trial_ended_at, previous_seen_at) as status_start_at,
        4 as step
    from observed
    where
        previous_status = 'trialing'
        and status in ('past_due', 'unpaid', 'paused', 'ended')
        and trial_ended_at < status_from

    union all

    select
        subscription_id,
        stretch_number,
        status,
        case
            when stretch_number > 1 then status_from
            when status = 'incomplete' then started_at
            when status = 'trialing' and is_trial_later
                then least(trial_started_at, first_seen_at)
            when status = 'trialing' then started_at
            when status = 'active' and is_trial_later
                then least(coalesce(trial_ended_at, trial_started_at), first_seen_at)
            when status = 'active' and trial_ended_at > started_at
                then least(trial_ended_at, first_seen_at)
            when status = 'active' then started_at
            else greatest(started_at, status_from)
        end as status_start_at,
        5 as step
    from observed

    union all

    select
        subscription_id,
        stretch_number,
        'ended' as status,
        scheduled_end_at as status_start_at,
        6 as step
    from observed
    where scheduled_end_at is not null
),

-- What was learnt later wins: an end dated before an earlier delivery's news ends that news too.
bounded as (
    select
        pieces.*,
        min(pieces.status_start_at) over (
            partition by pieces.subscription_id
            order by pieces.stretch_number, pieces.step
            rows between 1 following and unbounded following
        ) as status_end_at
    from pieces
)

select
    bounded.subscription_id,
    bounded.status,
    bounded.status_start_at,
    bounded.status_end_at,
    case when bounded.step = 6 then observed.end_source_file else observed.source_file end
        as source_file,
    case when bounded.step = 6 then observed.end_source_line else observed.source_line end
        as source_line,
    case when bounded.step = 6 then observed.end_recorded_at else observed.recorded_at end
        as recorded_at
from bounded
inner join observed
    on
        bounded.subscription_id = observed.subscription_id
        and bounded.stretch_number = observed.stretch_number
where
    bounded.status_end_at is null
    or bounded.status_end_at > bounded.status_start_at
