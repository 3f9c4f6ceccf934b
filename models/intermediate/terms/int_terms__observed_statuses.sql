-- Grain: one row per subscription and stretch of deliveries that gave it the same status.
-- The dates are those of the stretch's last delivery: a corrected end replaces the first one given.
-- The first delivery that gave them tells the stretch. Nothing began while a delivery showed
-- otherwise, so a start that a later delivery puts after the first one (the date of the last
-- change) is none, and a trial that began later is not the one that the stretch came from.
-- DECISIONS.md#deleted-when-first-seen
-- DECISIONS.md#an-announced-end
-- DECISIONS.md#a-return-between-two-deliveries
with observations as (
    select
        observations.*,
        case
            when status = 'ended' then ended_at
            when status = 'paused' then paused_at
        end as status_date,
        case
            when started_at <= min(recorded_at) over (partition by subscription_id) then started_at
        end as past_start,
        max(case when is_deleted then 0 else 1 end) over (
            partition by subscription_id
            order by recorded_at
            rows between unbounded preceding and current row
        ) as was_there
    from {{ ref('stg_subscription_observations') }} as observations
    where {{ is_affected_subscription() }}
),

compared as (
    select
        observations.*,
        lag(observations.status) over subscription as previous_status
    from observations
    -- What was deleted when it was first seen was never there.
    where observations.was_there = 1
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
        ) as stretch_number
    from compared
),

sighted as (
    select
        numbered.*,
        min(numbered.recorded_at) over stretch as first_seen_at,
        max(numbered.recorded_at) over stretch as last_seen_at,
        min(numbered.resumes_at) over stretch as first_resumes_at
    from numbered
    window stretch as (partition by numbered.subscription_id, numbered.stretch_number)
),

ranked as (
    select
        sighted.*,
        first_value(sighted.source_file) over telling as told_file,
        first_value(sighted.source_line) over telling as told_line,
        first_value(sighted.recorded_at) over telling as told_at,
        first_value(sighted.source_file) over scheduling as end_told_file,
        first_value(sighted.source_line) over scheduling as end_told_line,
        first_value(sighted.recorded_at) over scheduling as end_told_at,
        first_value(sighted.past_start) over (
            partition by sighted.subscription_id, sighted.stretch_number
            order by
                case when sighted.past_start is null then 1 else 0 end,
                sighted.recorded_at desc
        ) as last_past_start,
        first_value(sighted.trial_started_at) over past_trial as past_trial_started_at,
        first_value(sighted.trial_ended_at) over past_trial as past_trial_ended_at,
        row_number() over (
            partition by sighted.subscription_id, sighted.stretch_number
            order by sighted.recorded_at desc
        ) as recency
    from sighted
    window
        telling as (
            partition by sighted.subscription_id, sighted.stretch_number, sighted.status_date
            order by sighted.recorded_at
            rows between unbounded preceding and unbounded following
        ),
        past_trial as (
            partition by sighted.subscription_id, sighted.stretch_number
            order by
                case when sighted.trial_started_at > sighted.first_seen_at then 1 else 0 end,
                sighted.recorded_at desc
        ),
        scheduling as (
            partition by sighted.subscription_id, sighted.stretch_number, sighted.ends_at
            order by sighted.recorded_at
            rows between unbounded preceding and unbounded following
        )
),

chained as (
    select
        ranked.*,
        case when ranked.stretch_number = 1 then ranked.last_past_start end as first_start,
        lag(ranked.status) over history as status_before,
        lag(ranked.last_seen_at) over history as previous_seen_at,
        lag(ranked.resumes_at) over history as announced_resumption_at,
        lag(ranked.ends_at) over history as announced_end_at,
        lead(ranked.stretch_number) over history is null as is_last_stretch
    from ranked
    where ranked.recency = 1
    window history as (partition by ranked.subscription_id order by ranked.stretch_number)
)

select
    subscription_id,
    customer_id,
    cast(stretch_number as integer) as stretch_number,
    status,
    status_before as previous_status,
    previous_seen_at,
    created_at,
    coalesce(first_start, started_at) as started_at,
    past_trial_started_at as trial_started_at,
    past_trial_ended_at as trial_ended_at,
    greatest(
        coalesce(
            status_date,
            case
                when stretch_number = 1 then null
                -- A life that began anew between two deliveries.
                when
                    status = 'active'
                    and started_at > previous_seen_at
                    and started_at <= first_seen_at
                    then started_at
                when status = 'trialing' and past_trial_started_at <= first_seen_at
                    then past_trial_started_at
                when
                    status = 'active'
                    and status_before = 'trialing'
                    and past_trial_ended_at <= first_seen_at
                    then past_trial_ended_at
                -- What came back between two deliveries, on the day that is told afterwards.
                when
                    status = 'active'
                    and first_resumes_at >= previous_seen_at
                    and first_resumes_at <= first_seen_at
                    then first_resumes_at
                -- A pause that ended between two deliveries, on the day that was announced.
                when
                    status = 'active'
                    and status_before = 'paused'
                    and announced_resumption_at >= previous_seen_at
                    and announced_resumption_at <= first_seen_at
                    then announced_resumption_at
                -- What is gone from the list ended on the day that was announced.
                when
                    status = 'ended'
                    and announced_end_at >= previous_seen_at
                    and announced_end_at <= first_seen_at
                    then announced_end_at
            end,
            first_seen_at
        ),
        coalesce(previous_seen_at, first_start, started_at)
    ) as status_from,
    first_seen_at,
    -- An end to come holds unless a later delivery says otherwise, or still shows it running then.
    case
        when is_last_stretch and status not in ('ended', 'incomplete') and ends_at >= last_seen_at
            then ends_at
    end as scheduled_end_at,
    source_name,
    told_file as source_file,
    told_line as source_line,
    told_at as recorded_at,
    end_told_file as end_source_file,
    end_told_line as end_source_line,
    end_told_at as end_recorded_at
from chained
