with arrived as (
    select _source, count(*) as rows, avg((now.{column} is null)::integer) as empty_share,
        -- Rows that had one are held against themselves: many others may never have had one.
        count(*) filter (before.{column} is not null) as had_one,
        count(*) filter (before.{column} is not null and now.{column} is null) as lost
    from runs.changes_{table}
    where not now._is_deleted and now.{state} = '{value}'
        and (now.{state}, now.{column}) is distinct from (before.{state}, before.{column})
    group by _source
    having count(*) >= 5
),

earlier as (
    select _source, avg((reason is null)::integer) as empty_share
    from (
        select _source, {keys}, max_by({column}, (_extracted_at, _delivery_id, _file, _line)) as reason
        from raw.{table}
        semi join arrived using (_source)
        where _delivery_id in (from runs.published_deliveries) and not _is_deleted and {state} = '{value}'
        group by all
    )
    group by _source
    having count(*) >= 5
)

select
    '{table} of ' || _source || ': of ' || arrived.rows || ' new or changed rows that are {value}, '
    || round(arrived.empty_share, 2) || ' have no {column}, ' || lost || ' lost it; before it was '
    || round(earlier.empty_share, 2) as message,
    _source, '{table}' as table_name, arrived.empty_share, earlier.empty_share as empty_share_before, lost
from arrived
inner join earlier using (_source)
where arrived.empty_share - earlier.empty_share > {threshold}
    or (lost >= 5 and lost > {threshold} * had_one)
