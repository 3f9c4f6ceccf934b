-- Grain: one row per discount and interval in which it said the same of itself. A change holds from
-- the delivery that tells it, unless its own date is later than what was known before. A discount
-- that a listing lacked began with the delivery that showed it; one that is no longer listed ends
-- with that listing. A discount that comes where another one goes takes its place. One that is
-- prolonged goes on without a gap. An end that is told afterwards was on its date, but not while an
-- earlier delivery showed none.
with versions as (
    select * from {{ ref('int_terms__sized_discounts') }}
),

listings as (
    select * from {{ ref('int_terms__discount_listings') }}
),

observations as (
    select * from {{ ref('stg_subscription_observations') }}
    where not is_deleted
),

preceded as (
    select
        versions.*,
        lag(versions.starts_at) over discount as previous_starts_at,
        lag(versions.ends_at) over discount as previous_ends_at,
        coalesce(lag(versions.is_deleted) over discount, true) as is_coming,
        coalesce(
            listings.listed_before_at, lag(versions.recorded_at) over discount
        ) as last_told_at
    from versions
    left join listings
        on
            versions.discount_id = listings.discount_id
            and versions.recorded_at = listings.recorded_at
    window discount as (partition by versions.discount_id order by versions.recorded_at)
),

begun as (
    select
        preceded.*,
        case
            when is_deleted then recorded_at
            -- What is changed before it begins is no sooner there for that.
            when starts_at > recorded_at then starts_at
            when is_first and coalesce(starts_at > last_told_at, true) then starts_at
            when starts_at <> previous_starts_at and starts_at > last_told_at then starts_at
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

going as (
    select * from owned
    where is_deleted
),

coming as (
    select * from owned
    where is_coming
),

-- A discount that comes to a subscription, or passes between it and its customer, takes the place
-- of the one that goes.
places as (
    {{ where_one_goes_and_one_comes('subscription_id') }}

    union all

    {{ where_one_goes_and_one_comes('item_id') }}
    where going.subscription_id is null or coming.subscription_id is null

    union all

    {{ where_one_goes_and_one_comes('owning_customer_id') }}
    where going.subscription_id is null or coming.subscription_id is null
),

replaced as (
    select
        discount_id,
        recorded_at,
        min(begins_at) as replaced_at
    from places
    group by
        discount_id,
        recorded_at
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
