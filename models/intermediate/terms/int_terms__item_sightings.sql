-- Grain: one row per item that was first seen after its subscription: the last listing before that
-- which showed the subscription without the item.
-- DECISIONS.md#an-item-of-a-subscription-that-was-already-listed-without-it
-- DECISIONS.md#a-listing-dated-by-its-day
with observations as (
    select
        subscription_id,
        item_id,
        source_name,
        recorded_at
    from {{ ref('stg_subscription_items') }}
    where
        is_observation
        and not is_deleted
        and {{ is_affected_row('stg_subscription_items') }}
),

-- A subscription is shown by its own row, or by an item of it.
showings as (
    select
        subscription_id,
        recorded_at,
        {{ shown_at() }} as shown_at
    from {{ ref('stg_subscription_observations') }}
    where
        not is_deleted
        and {{ is_affected_subscription() }}

    union

    select
        subscription_id,
        recorded_at,
        recorded_at as shown_at
    from observations
),

first_sightings as (
    select
        observations.subscription_id,
        observations.item_id,
        observations.source_name,
        min(observations.recorded_at) as first_seen_at
    from observations
    group by
        observations.subscription_id,
        observations.item_id,
        observations.source_name
),

listings as (
    select * from {{ ref('stg_snapshots') }}
    where canonical_table = 'subscription_items'
)

select
    first_sightings.subscription_id,
    first_sightings.item_id,
    max(showings.shown_at) as unseen_at
from first_sightings
inner join showings
    on
        first_sightings.subscription_id = showings.subscription_id
        and first_sightings.first_seen_at > showings.recorded_at
inner join listings
    on
        first_sightings.source_name = listings.source_name
        and showings.recorded_at = listings.recorded_at
group by
    first_sightings.subscription_id,
    first_sightings.item_id
