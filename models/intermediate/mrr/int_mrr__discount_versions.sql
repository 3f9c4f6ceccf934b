-- Grain: one row per discount and interval in which it took off the same, with what it was granted
-- for. A change holds from the delivery that tells it, unless its own date is later than what was
-- known before; a discount that is no longer listed ended at its own end, else with that delivery.
-- What a discount does not say itself its coupon says.
with versions as (
    select * from {{ ref('stg_discount_versions') }}
),

coupons as (
    select * from {{ ref('stg_coupons') }}
),

showings as (
    select
        subscription_id,
        source_name,
        min(recorded_at) as first_shown_at
    from {{ ref('stg_subscription_observations') }}
    where subscription_id in (select versions.subscription_id from versions)
    group by
        subscription_id,
        source_name
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

granted as (
    select
        versions.discount_id,
        versions.customer_id,
        versions.subscription_id,
        versions.item_id,
        versions.percent_off is null and versions.amount_off is null as is_of_coupon,
        coalesce(versions.percent_off, coupons.percent_off) as percent_off,
        coalesce(versions.amount_off, coupons.amount_off) as amount_off,
        coalesce(versions.currency, coupons.currency) as currency,
        case
            when versions.percent_off is null and versions.amount_off is null
                then coalesce(coupons.duration, versions.duration)
            else versions.duration
        end as duration,
        coalesce(versions.product_keys, coupons.product_keys) as product_keys,
        versions.starts_at as granted_at,
        coalesce(
            versions.ends_at,
            case
                when coupons.duration = 'repeating'
                    then {{ add_period(
                        'versions.starts_at', "'month'", 'coupons.duration_months'
                    ) }}
            end
        ) as granted_until,
        versions.is_first,
        versions.is_deleted,
        versions.source_name,
        versions.source_file,
        versions.source_line,
        versions.recorded_at,
        unseen.unseen_at,
        lag(versions.starts_at) over discount as previous_starts_at,
        lag(versions.recorded_at) over discount as previous_recorded_at
    from versions
    left join coupons on versions.coupon_id = coupons.coupon_id
    left join unseen on versions.discount_id = unseen.discount_id
    window discount as (partition by versions.discount_id order by versions.recorded_at)
),

begun as (
    select
        granted.*,
        case
            when is_deleted then recorded_at
            when is_first and coalesce(granted_at > unseen_at, true) then granted_at
            when
                not is_first
                and granted_at <> previous_starts_at
                and granted_at > previous_recorded_at
                then granted_at
            else recorded_at
        end as starts_at
    from granted
),

bounded as (
    select
        begun.*,
        lead(starts_at) over (partition by discount_id order by recorded_at) as next_starts_at,
        lead(source_file) over (partition by discount_id order by recorded_at) as next_source_file,
        lead(source_line) over (partition by discount_id order by recorded_at) as next_source_line,
        lead(recorded_at) over (partition by discount_id order by recorded_at) as next_recorded_at
    from begun
),

judged as (
    select
        bounded.*,
        next_starts_at is not null
        and coalesce(next_starts_at < granted_until, true) as is_ended_by_next
    from bounded
    where not is_deleted
),

ended as (
    select
        judged.*,
        case when is_ended_by_next then next_starts_at else granted_until end as ends_at,
        case when is_ended_by_next then next_source_file else source_file end as end_source_file,
        case when is_ended_by_next then next_source_line else source_line end as end_source_line,
        case when is_ended_by_next then next_recorded_at else recorded_at end as end_recorded_at
    from judged
)

select
    ended.discount_id,
    ended.customer_id,
    ended.subscription_id,
    ended.item_id,
    ended.percent_off,
    ended.amount_off,
    ended.currency,
    ended.duration,
    ended.product_keys,
    ended.granted_at,
    ended.granted_until,
    ended.starts_at,
    ended.ends_at,
    ended.percent_off is null and ended.amount_off is null as is_unread,
    observations.mrr_reported,
    ---------- lineage
    ended.source_name,
    ended.source_file,
    ended.source_line,
    ended.recorded_at,
    ended.end_source_file,
    ended.end_source_line,
    ended.end_recorded_at
from ended
left join {{ ref('stg_subscription_observations') }} as observations
    on
        ended.percent_off is null
        and ended.amount_off is null
        and ended.subscription_id = observations.subscription_id
        and ended.recorded_at = observations.recorded_at
where
    ended.ends_at is null
    or ended.ends_at > ended.starts_at
