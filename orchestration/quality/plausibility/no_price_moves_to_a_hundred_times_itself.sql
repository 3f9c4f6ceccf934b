select
    subscription_id || ', item ' || item_id || ' of ' || _source || ': ' || now.unit_amount || ' '
    || now.currency || ' after ' || before.unit_amount as message,
    _source, subscription_id, item_id, now.unit_amount as unit_amount, before.unit_amount as unit_amount_before
from runs.changes_subscription_items
where not now._is_deleted and not before._is_deleted
    and now.currency is not distinct from before.currency
    and try_cast(before.unit_amount as decimal(28, 8)) > 0
    and (
        try_cast(now.unit_amount as decimal(28, 8)) = 100 * try_cast(before.unit_amount as decimal(28, 8))
        or 100 * try_cast(now.unit_amount as decimal(28, 8)) = try_cast(before.unit_amount as decimal(28, 8))
    )
order by _source, subscription_id, item_id
