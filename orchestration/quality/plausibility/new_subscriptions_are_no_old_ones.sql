with fresh as (
    select _source, subscription_id, item_id
    from runs.changes_subscription_items
    where not now._is_deleted and coalesce(before._is_deleted, true)
),

enough as (
    select _source from fresh group by _source having count(*) >= 5
),

latest as (
    select _source, subscription_id, item_id,
        max_by(
            concat_ws('|', valid_from, coalesce(price_id, product_id, plan_name), currency, unit_amount, quantity,
            interval_unit, interval_count), version
        ) as terms,
        max_by(_is_deleted, version) as is_gone
    from (
        select *, (valid_from, _extracted_at, _delivery_id, _file, _line) as version
        from raw.subscription_items
        semi join enough using (_source)
        where {named}
    )
    group by _source, subscription_id, item_id
),

known as (
    select _source, terms, count(*) as items, min(subscription_id) as subscription_id
    from latest
    anti join fresh using (_source, subscription_id, item_id)
    where not is_gone
    group by _source, terms
),

-- So many new ones as there are old ones of these terms: a plan that many take in one minute is no copy.
again as (
    select latest._source, latest.subscription_id, known.subscription_id as old_subscription_id
    from latest
    semi join fresh using (_source, subscription_id, item_id)
    inner join known on latest._source = known._source and latest.terms = known.terms
    qualify row_number() over (
        partition by latest._source, latest.terms order by latest.subscription_id, latest.item_id
    ) <= known.items
),

counted as (
    select *, count(*) over (partition by _source) as doubled,
        (select sum(items) from known where known._source = again._source) as known
    from again
)

select
    subscription_id || ' of ' || _source || ': begins when ' || old_subscription_id || ' does, on the same terms ('
    || doubled || ' such new items, ' || known || ' known)' as message,
    _source, subscription_id, old_subscription_id
from counted
where doubled >= 5 and doubled >= {threshold} * known
order by _source, subscription_id
