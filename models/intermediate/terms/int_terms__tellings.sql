-- Grain: one row per source that shows its items as they are, and extraction that showed some.
with listings as (
    select
        source_name,
        recorded_at
    from {{ ref('stg_snapshots') }}
    where canonical_table = 'subscription_items'
),

observing_sources as (
    select distinct source_name
    from {{ ref('stg_subscription_items') }}
    where is_observation
),

-- A delivery of changes alone lists nothing, but what it does not name is as it was.
changes as (
    select
        source_name,
        recorded_at
    from {{ ref('stg_subscription_items') }}
    where is_observation
),

tellings as (
    select
        listings.source_name,
        listings.recorded_at
    from listings
    inner join observing_sources
        on listings.source_name = observing_sources.source_name

    union

    select
        source_name,
        recorded_at
    from changes
)

select
    source_name,
    recorded_at as told_at,
    lag(recorded_at) over (partition by source_name order by recorded_at) as told_before_at
from tellings
where recorded_at <= {{ as_of() }}
