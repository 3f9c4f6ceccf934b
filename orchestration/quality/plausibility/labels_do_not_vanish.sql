with gone as (
    select _source, before.{column} as label, count(*) as records
    from runs.changes_{table}
    where now._is_deleted and not before._is_deleted and before.{column} is not null
    group by all
    having count(*) >= 5
),

left_over as (
    select distinct _source, now.{column} as label from runs.changes_{table} where not now._is_deleted
)

select
    '{table} of ' || _source || ': all ' || records || ' records whose {column} is ' || label
    || ' are gone at once' as message,
    _source, '{table}' as table_name, '{column}' as column_name, label, records
from gone
anti join left_over using (_source, label)
where _source in (select _source from left_over)
order by _source, label
