{{ config(materialized='kept', by='subscription') }}

-- Grain: one row per item interval, preset and discount level in force: what is left after the
-- percents (they multiply), and the amount off an invoice (they add up).
-- DECISIONS.md#discounts-of-one-level
with intervals as (
    select
        subscription_id,
        item_id,
        start_at,
        interval_start_at
    from {{ ref('int_states__item_intervals') }}
),

discounts as (
    select * from {{ ref('int_states__item_discounts') }}
    where {{ is_affected_customer() }}
),

in_force as (
    select
        intervals.subscription_id,
        intervals.item_id,
        intervals.interval_start_at,
        discounts.preset,
        discounts.discount_level,
        discounts.amount_off,
        discounts.percent_off,
        cast(1 - discounts.percent_off * 0.01 as {{ type_share() }}) as share_left,
        row_number() over (
            partition by
                intervals.subscription_id,
                intervals.item_id,
                intervals.interval_start_at,
                discounts.preset,
                discounts.discount_level
            order by discounts.percent_off desc, discounts.discount_id asc
        ) as position
    from intervals
    inner join discounts
        on
            intervals.subscription_id = discounts.subscription_id
            and intervals.item_id = discounts.item_id
            and intervals.start_at = discounts.version_start_at
    where
        discounts.starts_at <= intervals.interval_start_at
        and (discounts.ends_at is null or discounts.ends_at > intervals.interval_start_at)
)

select
    subscription_id,
    item_id,
    interval_start_at,
    preset,
    discount_level,
    {{ product_of_shares('share_left', 'position') }} as share_left,
    cast(sum(amount_off) as {{ type_money() }}) as amount_off,
    sum(case when percent_off > 0 then 1 else 0 end) as percentages
from in_force
group by
    subscription_id,
    item_id,
    interval_start_at,
    preset,
    discount_level
