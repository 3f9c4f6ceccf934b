-- Addresses are read from raw and shown nowhere.
with fresh as (
    select _source, customer_id
    from runs.changes_customers
    where not now._is_deleted and coalesce(before._is_deleted, true)
),

enough as (
    select _source from fresh group by _source having count(*) >= 5
),

latest as (
    select _source, customer_id, max_by(lower(trim(email)), version) as address,
        max_by(_is_deleted, version) as is_gone
    from (
        select _source, customer_id, email, _is_deleted, (_extracted_at, _delivery_id, _file, _line) as version
        from raw.customers
        semi join enough using (_source)
        where {named}
    )
    group by _source, customer_id
),

known as (
    select * from latest anti join fresh using (_source, customer_id) where not is_gone
),

old as (
    select _source, address, min(customer_id) as customer_id from known group by all
),

again as (
    select _source, latest.customer_id, old.customer_id as old_customer_id
    from latest
    semi join fresh using (_source, customer_id)
    inner join old using (_source, address)
),

counted as (
    select *, count(*) over (partition by _source) as doubled,
        (select count(*) from known where known._source = again._source) as known
    from again
)

select
    customer_id || ' of ' || _source || ': has the e-mail address of ' || old_customer_id || ' (' || doubled
    || ' such new customers, ' || known || ' known)' as message,
    _source, customer_id, old_customer_id
from counted
where doubled >= 5 and doubled >= {threshold} * known
order by _source, customer_id
