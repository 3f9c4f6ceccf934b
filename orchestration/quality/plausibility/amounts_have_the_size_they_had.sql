with arrived as (
    select _source, now.currency as currency, {by} as party, abs(try_cast(now.{column} as double)) as amount
    from runs.changes_{table}
    where not now._is_deleted and now.{column} is distinct from before.{column}
),

newest as (
    select _source, currency, median(amount) as amount, count(*) as amounts
    from arrived
    where amount > 0
    group by all
    -- One large customer may have many lines.
    having count(distinct party) >= 10
),

earlier as (
    select _source, currency, median(abs(try_cast({column} as double))) as amount
    from raw.{table}
    semi join newest using (_source, currency)
    where _delivery_id in (from runs.published_deliveries) and not _is_deleted
        and try_cast({column} as double) <> 0
    group by all
    having count(*) >= 10
)

select
    '{table} of ' || _source || ': ' || newest.amounts || ' new amounts in ' || currency || ' have a median of '
    || round(newest.amount, 2) || ' {column}; those before have ' || round(earlier.amount, 2) as message,
    _source, '{table}' as table_name, currency, newest.amount, earlier.amount as amount_before
from newest
inner join earlier using (_source, currency)
where greatest(newest.amount / earlier.amount, earlier.amount / newest.amount) >= {threshold}
