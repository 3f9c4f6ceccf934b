with compared as (
    select _source, subscription_id, item_id, now.currency as currency,
        now.unit_amount as unit_amount, before.unit_amount as unit_amount_before,
        now.quantity as quantity, before.quantity as quantity_before,
        try_cast(now.unit_amount as double) / nullif(try_cast(before.unit_amount as double), 0) as price_ratio,
        case when now.usage_type is distinct from 'metered' then
            try_cast(now.quantity as double) / nullif(try_cast(before.quantity as double), 0)
        end as quantity_ratio
    from runs.changes_subscription_items
    where not now._is_deleted and not before._is_deleted
        and now.currency is not distinct from before.currency
        and now.interval_unit is not distinct from before.interval_unit
        and now.interval_count is not distinct from before.interval_count
),

judged as (
    select *, coalesce(
        greatest(price_ratio, 1 / nullif(price_ratio, 0), quantity_ratio, 1 / nullif(quantity_ratio, 0))
        >= {threshold}, false
    ) as is_far
    from compared
),

counted as (
    select *, count(*) filter (is_far) over of_source as far, count(*) over of_source as known
    from judged
    window of_source as (partition by _source)
)

select
    subscription_id || ', item ' || item_id || ' of ' || _source || ': ' || coalesce(quantity, '?') || ' of '
    || coalesce(unit_amount, '?') || ' ' || currency || ' after ' || coalesce(quantity_before, '?') || ' of '
    || coalesce(unit_amount_before, '?') || ' ('
    || far || ' of ' || known || ' items moved so far)' as message,
    _source, subscription_id, item_id, unit_amount, unit_amount_before, quantity, quantity_before
from counted
where is_far and far >= 5 and far >= 0.5 * known
order by _source, subscription_id, item_id
