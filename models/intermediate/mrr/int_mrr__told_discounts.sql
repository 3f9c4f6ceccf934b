-- Grain: one row per discount and interval in which it said the same of itself. A change holds from
-- the delivery that tells it, unless its own date is later than what was known before; what a
-- listing lacked began with the delivery that showed it; what is no longer listed goes with that.
with versions as (
    select * from {{ ref('stg_discount_versions') }}
),

showings as (
    select
        subscription_id,
        min(recorded_at) as first_shown_at
    from {{ ref('stg_subscription_observations') }}
    where subscription_id in (select versions.subscription_id from versions)
    group by subscription_id
),

listings as (
    select * from {{ ref('stg_snapshots') }}
    where canonical_table = 'discounts'
),

-- The last listing that lacked a discount although its subscription was there.
unseen as (
    select
        versions.discount_id,
        max(listings.recorded_at) as unseen_at
    from versions
    inner join showings on versions.subscription_id = showings.subscription_id
    inner join listings
        on
            versions.source_name = listings.source_name
            and versions.recorded_at > listings.recorded_at
            and showings.first_shown_at <= listings.recorded_at
    where versions.is_first
    group by versions.discount_id
),

preceded as (
    select
        versions.*,
        unseen.unseen_at,
        lag(versions.starts_at) over discount as previous_starts_at,
        lag(versions.recorded_at) over discount as previous_recorded_at
    from versions
    left join unseen on versions.discount_id = unseen.discount_id
    window discount as (partition by versions.discount_id order by versions.recorded_at)
),

begun as (
    select
        preceded.*,
        case
            when is_deleted then recorded_at
            when is_first and coalesce(starts_at > unseen_at, true) then starts_at
            when
                not is_first
                and starts_at <> previous_starts_at
                and starts_at > previous_recorded_at
                then starts_at
            else recorded_at
        end as start_at
    from preceded
),

followed as (
    select
        begun.*,
        lead(start_at) over discount as end_at,
        lead(source_file) over discount as next_source_file,
        lead(source_line) over discount as next_source_line,
        lead(recorded_at) over discount as next_recorded_at
    from begun
    window discount as (partition by discount_id order by recorded_at)
)

select * from followed
where not is_deleted
