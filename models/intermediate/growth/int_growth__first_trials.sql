-- Grain: one row per subscription that was ever told to have a trial: the first one.
-- A later delivery says more of the same trial (it was extended) or of another, an offer to who
-- already pays: that one begins when the first is over.
-- DECISIONS.md#the-first-of-two-trials
with observations as (
    select * from {{ ref('stg_subscription_observations') }}
    where trial_started_at is not null
),

compared as (
    select
        observations.*,
        first_value(observations.trial_ended_at) over (
            partition by observations.subscription_id
            order by observations.recorded_at
        ) as first_told_end_at
    from observations
),

ranked as (
    select
        compared.*,
        row_number() over (
            partition by compared.subscription_id
            order by compared.recorded_at desc
        ) as recency
    from compared
    where
        compared.first_told_end_at is null
        or compared.trial_started_at < compared.first_told_end_at
        -- A trial without length.
        or compared.trial_ended_at = compared.first_told_end_at
)

select
    subscription_id,
    trial_started_at,
    trial_ended_at
from ranked
where recency = 1
