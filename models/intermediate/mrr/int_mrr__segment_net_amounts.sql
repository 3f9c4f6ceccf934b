-- Grain: one row per item segment and preset with a discount, with its amount per invoice after
-- each level.
-- An amount off a subscription or a customer is split over its items pro rata to their MRR before
-- it.
with segments as (
    select *
    from {{ ref('int_mrr__item_segments') }}
    where usage_type = 'licensed'
),

discounts as (
    select * from {{ ref('int_mrr__segment_discounts') }}
),

trials as (
    select * from {{ ref('int_mrr__paid_before_trial') }}
),

levels as (
    select
        subscription_id,
        item_id,
        segment_start_at,
        preset,
        max(case when discount_level = 1 then share_left end) as item_share_left,
        max(case when discount_level = 1 then amount_off end) as item_amount_off,
        max(case when discount_level = 2 then share_left end) as subscription_share_left,
        max(case when discount_level = 2 then amount_off end) as subscription_amount_off,
        max(case when discount_level = 3 then share_left end) as customer_share_left,
        max(case when discount_level = 3 then amount_off end) as customer_amount_off
    from discounts
    group by
        subscription_id,
        item_id,
        segment_start_at,
        preset
),

after_item as (
    select
        segments.customer_id,
        segments.subscription_id,
        segments.item_id,
        segments.segment_start_at,
        segments.segment_end_at,
        levels.preset,
        segments.currency,
        segments.status in ('active', 'past_due')
        or (
            segments.status = 'trialing'
            and coalesce(trials.first_paid_at < segments.segment_start_at, false)
        ) as is_counting,
        segments.interval_unit,
        segments.interval_count,
        segments.list_amount,
        levels.subscription_share_left,
        levels.subscription_amount_off,
        levels.customer_share_left,
        levels.customer_amount_off,
        {{ take_off('segments.list_amount', 'levels.item_share_left', 'levels.item_amount_off') }}
            as amount_after_item
    from segments
    inner join levels
        on
            segments.subscription_id = levels.subscription_id
            and segments.item_id = levels.item_id
            and segments.segment_start_at = levels.segment_start_at
    left join trials
        on
            segments.subscription_id = trials.subscription_id
            and segments.item_id = trials.item_id
),

-- Items that count together at an instant share the amount; the segments were cut so that they
-- begin together.
subscription_weights as (
    select
        after_item.*,
        {{ monthly_weight(
            'after_item.amount_after_item', 'after_item.interval_unit', 'after_item.interval_count'
        ) }} as weight
    from after_item
),

subscription_totals as (
    select
        targets.subscription_id,
        targets.item_id,
        targets.segment_start_at,
        targets.preset,
        sum(siblings.weight) as total_weight
    from subscription_weights as targets
    inner join subscription_weights as siblings
        on
            targets.subscription_id = siblings.subscription_id
            and targets.currency = siblings.currency
            and targets.preset = siblings.preset
            and targets.segment_start_at >= siblings.segment_start_at
            and (
                siblings.segment_end_at is null
                or targets.segment_start_at < siblings.segment_end_at
            )
    where
        targets.subscription_amount_off > 0
        and siblings.is_counting
    group by
        targets.subscription_id,
        targets.item_id,
        targets.segment_start_at,
        targets.preset
),

after_subscription as (
    select
        weights.*,
        {{ take_off(
            'weights.amount_after_item',
            'weights.subscription_share_left',
            pro_rata('weights.subscription_amount_off', 'weights.weight', 'totals.total_weight')
        ) }} as amount_after_subscription
    from subscription_weights as weights
    left join subscription_totals as totals
        on
            weights.subscription_id = totals.subscription_id
            and weights.item_id = totals.item_id
            and weights.segment_start_at = totals.segment_start_at
            and weights.preset = totals.preset
            and weights.preset = totals.preset
),

customer_weights as (
    select
        after_subscription.*,
        {{ monthly_weight(
            'after_subscription.amount_after_subscription',
            'after_subscription.interval_unit',
            'after_subscription.interval_count'
        ) }} as customer_weight
    from after_subscription
),

customer_totals as (
    select
        targets.subscription_id,
        targets.item_id,
        targets.segment_start_at,
        targets.preset,
        sum(siblings.customer_weight) as total_weight
    from customer_weights as targets
    inner join customer_weights as siblings
        on
            targets.customer_id = siblings.customer_id
            and targets.currency = siblings.currency
            and targets.preset = siblings.preset
            and targets.segment_start_at >= siblings.segment_start_at
            and (
                siblings.segment_end_at is null
                or targets.segment_start_at < siblings.segment_end_at
            )
    where
        targets.customer_amount_off > 0
        and siblings.is_counting
    group by
        targets.subscription_id,
        targets.item_id,
        targets.segment_start_at,
        targets.preset
)

select
    weights.subscription_id,
    weights.item_id,
    weights.segment_start_at,
    weights.preset,
    weights.amount_after_item,
    weights.amount_after_subscription,
    {{ take_off(
        'weights.amount_after_subscription',
        'weights.customer_share_left',
        pro_rata('weights.customer_amount_off', 'weights.customer_weight', 'totals.total_weight')
    ) }} as net_amount
from customer_weights as weights
left join customer_totals as totals
    on
        weights.subscription_id = totals.subscription_id
        and weights.item_id = totals.item_id
        and weights.segment_start_at = totals.segment_start_at
        and weights.preset = totals.preset
