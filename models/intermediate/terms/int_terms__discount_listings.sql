-- Grain: one row per discount and delivery that said something of it, of those that came after a
-- listing of the discounts of its owner: the last such listing. A listing that did not show the
-- owner lacked nothing.
-- DECISIONS.md#a-listing-dated-by-its-day
with versions as (
    select
        *,
        case
            when subscription_id is not null then 'subscription'
            when customer_id is not null then 'customer'
            else 'item'
        end as owner_kind,
        coalesce(subscription_id, customer_id, item_id) as owner_id
    from {{ ref('int_terms__sized_discounts') }}
),

observations as (
    select * from {{ ref('stg_subscription_observations') }}
    where not is_deleted
),

items as (
    select * from {{ ref('stg_subscription_items') }}
    where not is_deleted
),

showings as (
    select
        'subscription' as owner_kind,
        subscription_id as owner_id,
        recorded_at,
        {{ shown_at() }} as shown_at
    from observations

    union all

    select
        'customer' as owner_kind,
        customer_id as owner_id,
        recorded_at,
        {{ shown_at() }} as shown_at
    from observations

    union all

    select
        'subscription' as owner_kind,
        subscription_id as owner_id,
        recorded_at,
        recorded_at as shown_at
    from items

    union all

    select
        'customer' as owner_kind,
        customer_id as owner_id,
        recorded_at,
        recorded_at as shown_at
    from items

    union all

    select
        'item' as owner_kind,
        item_id as owner_id,
        recorded_at,
        recorded_at as shown_at
    from items
),

owners as (
    select distinct
        discount_id,
        source_name,
        owner_kind,
        owner_id
    from versions
),

shown_owners as (
    select distinct
        owners.discount_id,
        owners.source_name,
        owners.owner_kind,
        showings.recorded_at,
        showings.shown_at
    from owners
    inner join showings
        on
            owners.owner_kind = showings.owner_kind
            and owners.owner_id = showings.owner_id
),

first_showings as (
    select
        discount_id,
        source_name,
        min(recorded_at) as first_shown_at
    from shown_owners
    group by
        discount_id,
        source_name
),

listings as (
    select * from {{ ref('stg_snapshots') }}
    where canonical_table = 'discounts'
),

-- When the discounts of its owner were listed: with each record of a subscription, or all at once.
listed as (
    select
        shown_owners.discount_id,
        listings.recorded_at as listed_at
    from shown_owners
    inner join listings
        on
            shown_owners.source_name = listings.source_name
            and shown_owners.recorded_at = listings.recorded_at
    where shown_owners.owner_kind = 'subscription'

    union

    select
        first_showings.discount_id,
        listings.recorded_at as listed_at
    from first_showings
    inner join listings
        on
            first_showings.source_name = listings.source_name
            and first_showings.first_shown_at <= listings.recorded_at
    where listings.is_full
)

select
    versions.discount_id,
    versions.recorded_at,
    max(
        least(versions.recorded_at, coalesce(shown_owners.shown_at, listed.listed_at))
    ) as listed_before_at
from versions
inner join listed
    on
        versions.discount_id = listed.discount_id
        and versions.recorded_at > listed.listed_at
left join shown_owners
    on
        listed.discount_id = shown_owners.discount_id
        and listed.listed_at = shown_owners.recorded_at
group by
    versions.discount_id,
    versions.recorded_at
