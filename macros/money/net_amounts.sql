{#-
    Item intervals with discounts, with their amount per invoice after each level: a subquery over two relations
    or CTEs. `intervals` say with is_counting which of them share an amount off; one that does not count is
    measured as if it alone joined those that do.
-#}
{% macro net_amounts(intervals, discounts) -%}
with levels as (
        select
            subscription_id,
            item_id,
            interval_start_at,
            preset,
            max(case when discount_level = 1 then share_left end) as item_share_left,
            max(case when discount_level = 1 then amount_off end) as item_amount_off,
            max(case when discount_level = 2 then share_left end) as subscription_share_left,
            max(case when discount_level = 2 then amount_off end) as subscription_amount_off,
            max(case when discount_level = 3 then share_left end) as customer_share_left,
            max(case when discount_level = 3 then amount_off end) as customer_amount_off
        from {{ discounts }}
        group by
            subscription_id,
            item_id,
            interval_start_at,
            preset
    ),

    after_item as (
        select
            intervals.customer_id,
            intervals.subscription_id,
            intervals.item_id,
            intervals.interval_start_at,
            intervals.interval_end_at,
            intervals.currency,
            intervals.interval_unit,
            intervals.interval_count,
            intervals.is_counting,
            levels.preset,
            levels.subscription_share_left,
            levels.subscription_amount_off,
            levels.customer_share_left,
            levels.customer_amount_off,
            {{ take_off('intervals.list_amount', 'levels.item_share_left', 'levels.item_amount_off') }}
                as amount_after_item
        from {{ intervals }} as intervals
        inner join levels
            on
                intervals.subscription_id = levels.subscription_id
                and intervals.item_id = levels.item_id
                and intervals.interval_start_at = levels.interval_start_at
    ),

    subscription_weights as (
        select
            after_item.*,
            {{ monthly_weight(
                'after_item.amount_after_item', 'after_item.interval_unit', 'after_item.interval_count'
            ) }} as subscription_weight
        from after_item
    ),

    subscription_totals as (
        {{ shared_weights('subscription_weights', 'subscription') }}
    ),

    after_subscription as (
        select
            weights.*,
            {{ take_off(
                'weights.amount_after_item',
                'weights.subscription_share_left',
                pro_rata('weights.subscription_amount_off', 'weights.subscription_weight', 'totals.total_weight')
            ) }} as amount_after_subscription
        from subscription_weights as weights
        left join subscription_totals as totals
            on
                weights.subscription_id = totals.subscription_id
                and weights.item_id = totals.item_id
                and weights.interval_start_at = totals.interval_start_at
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
        {{ shared_weights('customer_weights', 'customer') }}
    )

    select
        weights.subscription_id,
        weights.item_id,
        weights.interval_start_at,
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
            and weights.interval_start_at = totals.interval_start_at
            and weights.preset = totals.preset
{%- endmacro %}


{#-
    The weights that share an amount off a subscription or a customer at the start of each interval; the
    intervals were cut so that those that share begin together.
-#}
{% macro shared_weights(weights, owner) -%}
select
            targets.subscription_id,
            targets.item_id,
            targets.interval_start_at,
            targets.preset,
            sum(siblings.{{ owner }}_weight) as total_weight
        from {{ weights }} as targets
        inner join {{ weights }} as siblings
            on
                targets.{{ owner }}_id = siblings.{{ owner }}_id
                and targets.currency = siblings.currency
                and targets.preset = siblings.preset
                and targets.interval_start_at >= siblings.interval_start_at
                and (
                    siblings.interval_end_at is null
                    or targets.interval_start_at < siblings.interval_end_at
                )
        where
            targets.{{ owner }}_amount_off > 0
            and siblings.{{ owner }}_amount_off > 0
            and (
                siblings.is_counting
                or (
                    targets.subscription_id = siblings.subscription_id
                    and targets.item_id = siblings.item_id
                )
            )
        group by
            targets.subscription_id,
            targets.item_id,
            targets.interval_start_at,
            targets.preset
{%- endmacro %}
