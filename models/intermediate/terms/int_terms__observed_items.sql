-- Grain: one row per item and stretch of deliveries that observed the same terms.
-- The first delivery can't know the past, so its terms are taken to hold since valid_from. An item
-- that an earlier listing of its subscription lacked begins with the delivery that showed it,
-- unless its date is its own and later than that listing. What it replaces ends where it begins.
-- An item of a subscription that had ended and runs again is there since that was last seen ended:
-- when it came back within that time the subscription knows, whose status it takes.
-- DECISIONS.md#a-start-that-moves
-- DECISIONS.md#a-swap-of-items
-- DECISIONS.md#an-item-made-within-a-day-of-its-subscriptions-record
-- DECISIONS.md#what-was-over-when-it-was-first-seen
with observations as (
    select * from {{ ref('int_terms__item_observations') }}
),

sightings as (
    select * from {{ ref('int_terms__item_sightings') }}
),

subscriptions as (
    select
        subscription_id,
        created_at,
        started_at
    from {{ ref('stg_subscriptions') }}
    where {{ is_affected_subscription() }}
),

ended_lives as (
    select
        subscription_id,
        recorded_at
    from {{ ref('stg_subscription_observations') }}
    where
        status = 'ended'
        and not is_deleted
        and {{ is_affected_subscription() }}
),

begun as (
    select
        observations.*,
        subscriptions.started_at as life_started_at,
        case
            when not observations.is_first then observations.recorded_at
            when
                sightings.unseen_at is not null
                and (
                    observations.valid_from <= sightings.unseen_at
                    or not (
                        observations.is_item_dated
                        or coalesce(subscriptions.started_at > sightings.unseen_at, false)
                    )
                )
                then observations.recorded_at
            -- Made together with its subscription, it starts with it, also with an imported one.
            when
                subscriptions.started_at < observations.valid_from
                and observations.valid_from
                <= {{ add_days_to_instant('subscriptions.created_at', 1) }}
                then subscriptions.started_at
            else observations.valid_from
        end as begins_at,
        sightings.unseen_at is null as is_seen_with_subscription
    from observations
    left join sightings
        on
            observations.subscription_id = sightings.subscription_id
            and observations.item_id = sightings.item_id
    left join subscriptions on observations.subscription_id = subscriptions.subscription_id
),

comings as (
    select
        subscription_id,
        recorded_at,
        min(begins_at) as begins_at
    from begun
    where is_coming
    group by
        subscription_id,
        recorded_at
),

-- One that is seen to have ended, with its own date, ended then, but not while it was seen running.
dated as (
    select
        begun.*,
        case
            when begun.is_deleted and comings.begins_at < begun.recorded_at
                then greatest(comings.begins_at, begun.previous_recorded_at)
            when
                ended_lives.subscription_id is not null
                and begun.status <> 'ended'
                and not begun.is_deleted
                and not begun.is_coming
                then begun.previous_recorded_at
            when begun.status = 'ended' and begun.valid_to is not null and not begun.is_first
                then greatest(least(begun.valid_to, begun.recorded_at), begun.previous_recorded_at)
            else begun.begins_at
        end as held_from,
        begun.is_first
        and begun.status = 'ended'
        and coalesce(begun.valid_to > begun.begins_at, false) as is_over
    from begun
    left join comings
        on
            begun.subscription_id = comings.subscription_id
            and begun.recorded_at = comings.recorded_at
    left join ended_lives
        on
            begun.subscription_id = ended_lives.subscription_id
            and begun.previous_recorded_at = ended_lives.recorded_at
)

select
    subscription_id,
    item_id,
    held_from as valid_from,
    case when status = 'ended' and not is_over then null else valid_to end as valid_to,
    customer_id,
    case
        when is_deleted then 'ended'
        when is_over then 'active'
        else status
    end as status,
    price_id,
    product_id,
    plan_name,
    currency,
    unit_amount,
    quantity,
    billing_scheme,
    usage_type,
    interval_unit,
    interval_count,
    package_size,
    package_rounding,
    unread_terms,
    is_cancel_requested,
    is_first and is_seen_with_subscription as is_inferred,
    is_first
    and is_seen_with_subscription
    and coalesce(
        held_from > {{ add_days_to_instant('life_started_at', 1) }}, false
    ) as is_start_unknown,
    is_deleted,
    source_name,
    source_file,
    source_line,
    recorded_at,
    end_source_file,
    end_source_line,
    end_recorded_at
from dated
