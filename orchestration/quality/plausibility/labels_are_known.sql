with arrived as (
    select _source, now.{column} as label, count(*) as rows
    from runs.changes_{table}
    where not now._is_deleted and now.{column} is distinct from before.{column} and now.{column} is not null
    group by all
),

enough as (
    select _source, sum(rows) as rows from arrived group by _source having sum(rows) >= 5
),

known as (
    select distinct _source, {column} as label
    from raw.{table}
    semi join enough using (_source)
    where _delivery_id in (from runs.published_deliveries) and {column} is not null
),

fresh as (
    select arrived.*, enough.rows as all_rows, sum(arrived.rows) over (partition by _source) as fresh_rows
    from arrived
    inner join enough using (_source)
    anti join known using (_source, label)
    where _source in (select _source from known)
)

select
    '{table} of ' || _source || ': {column} says ' || label || ' in ' || rows || ' of ' || all_rows
    || ' new or changed rows, for the first time' as message,
    _source, '{table}' as table_name, '{column}' as column_name, label, rows
from fresh
where fresh_rows >= 5 and fresh_rows >= {threshold} * all_rows
order by _source, rows desc, label
