{{ config(materialized='kept', by='subscription') }}

-- Grain: one row per item interval and preset with a discount, with its amount per invoice after
-- each level.
-- An amount off a subscription or a customer is split over its items that count, pro rata to their
-- MRR before it.
-- DECISIONS.md#an-amount-off-several-items
with trials as (
    select * from {{ ref('int_states__paid_before_trial') }}
),

intervals as (
    select
        standings.*,
        {{ standing_counts('standings.standing') }}
        or (
            standings.standing = 'trialing'
            and {{ counts_standing('retention_trial') }}
            and coalesce(trials.first_paid_at < standings.interval_start_at, false)
        ) as is_counting
    from {{ ref('int_states__interval_standings') }} as standings
    left join trials
        on
            standings.subscription_id = trials.subscription_id
            and standings.item_id = trials.item_id
    where standings.usage_type = 'licensed'
),

discounts as (
    select * from {{ ref('int_states__interval_discounts') }}
),

net_amounts as (
    {{ net_amounts('intervals', 'discounts') }}
)

select * from net_amounts
