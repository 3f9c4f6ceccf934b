-- Grain: one row per discount and interval in which it said the same of itself. A change holds from
-- the delivery that tells it, unless its own date is later than what was known before; what a
-- listing lacked began with the delivery that showed it; what is no longer listed goes with that.
-- One that comes where another goes takes its place; one that is prolonged goes on without a gap.
-- An end that is told afterwards was on its date, but not while an earlier delivery showed none.
with versions as (
    select
        *,
        case
            when subscription_id is not null then 'subscription'
            when customer_id is not null then 'customer'
            else 'item'
        end as owner_kind,
        coalesce(subscription_id, customer_id, item_id) as owner_id
    from {{ ref('int_mrr__sized_discounts') }}
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
        recorded_at
    from observations

    union all

    select
        'customer' as owner_kind,
        customer_id as owner_id,
        recorded_at
    from observations

    union all

    select
        'subscription' as owner_kind,
        subscription_id as owner_id,
        recorded_at
    from items

    union all

    select
        'customer' as owner_kind,
        customer_id as owner_id,
        recorded_at
    from items

    union all

    select
        'item' as owner_kind,
        item_id as owner_id,
        recorded_at
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
        showings.recorded_at
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
),

listed_before as (
    select
        versions.discount_id,
        versions.recorded_at,
        max(listed.listed_at) as listed_before_at
    from versions
    inner join listed
        on
            versions.discount_id = listed.discount_id
            and versions.recorded_at > listed.listed_at
    group by
        versions.discount_id,
        versions.recorded_at
),

preceded as (
    select
        versions.*,
        lag(versions.starts_at) over discount as previous_starts_at,
        lag(versions.ends_at) over discount as previous_ends_at,
        coalesce(lag(versions.is_deleted) over discount, true) as is_coming,
        coalesce(
            listed_before.listed_before_at, lag(versions.recorded_at) over discount
        ) as last_told_at
    from versions
    left join listed_before
        on
            versions.discount_id = listed_before.discount_id
            and versions.recorded_at = listed_before.recorded_at
    window discount as (partition by versions.discount_id order by versions.recorded_at)
),

begun as (
    select
        preceded.*,
        case
            when is_deleted then recorded_at
            when is_first and coalesce(starts_at > last_told_at, true) then starts_at
            when
                not is_first
                and starts_at <> previous_starts_at
                and starts_at > last_told_at
                then starts_at
            when
                not is_coming
                and previous_ends_at > last_told_at
                and previous_ends_at < recorded_at
                and coalesce(ends_at > previous_ends_at, true)
                then previous_ends_at
            when
                not is_coming
                and ends_at < recorded_at
                and coalesce(previous_ends_at <> ends_at, true)
                then greatest(ends_at, last_told_at)
            else recorded_at
        end as begins_at
    from preceded
),

customers_of_subscriptions as (
    select
        subscription_id,
        max(customer_id) as customer_id
    from observations
    group by subscription_id
),

owned as (
    select
        begun.discount_id,
        begun.source_name,
        begun.recorded_at,
        begun.begins_at,
        begun.is_deleted,
        begun.is_coming,
        begun.subscription_id,
        begun.item_id,
        coalesce(begun.customer_id, subscriptions.customer_id) as owning_customer_id
    from begun
    left join customers_of_subscriptions as subscriptions
        on begun.subscription_id = subscriptions.subscription_id
),

-- What comes to a subscription, or passes between it and its customer, takes the place of what
-- goes.
replaced as (
    select
        going.discount_id,
        going.recorded_at,
        min(coming.begins_at) as replaced_at
    from owned as going
    inner join owned as coming
        on
            going.source_name = coming.source_name
            and going.recorded_at = coming.recorded_at
            and (
                going.subscription_id = coming.subscription_id
                or (
                    (going.subscription_id is null or coming.subscription_id is null)
                    and (
                        going.item_id = coming.item_id
                        or going.owning_customer_id = coming.owning_customer_id
                    )
                )
            )
    where
        going.is_deleted
        and coming.is_coming
        and not coming.is_deleted
    group by
        going.discount_id,
        going.recorded_at
),

dated as (
    select
        begun.*,
        case
            when replaced.replaced_at < begun.recorded_at
                then greatest(
                    replaced.replaced_at, coalesce(begun.last_told_at, replaced.replaced_at)
                )
            else begun.begins_at
        end as start_at
    from begun
    left join replaced
        on
            begun.discount_id = replaced.discount_id
            and begun.recorded_at = replaced.recorded_at
),

followed as (
    select
        dated.*,
        lead(start_at) over discount as end_at,
        lead(source_file) over discount as next_source_file,
        lead(source_line) over discount as next_source_line,
        lead(recorded_at) over discount as next_recorded_at
    from dated
    window discount as (partition by discount_id order by recorded_at)
)

select * from followed
where not is_deleted
