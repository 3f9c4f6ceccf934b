with arrived as (
    select _source, count(*) as rows, avg((now.{column} is null)::integer) as empty_share
    from runs.changes_{table}
    where not now._is_deleted and now.{state} = '{value}'
        and (now.{state}, now.{column}) is distinct from (before.{state}, before.{column})
    group by _source
),

-- Rows that had one are held against themselves: many others may never have had one.
lost as (
    select _source, count(*) as had_one, count(*) filter (now.{column} is null) as lost
    from runs.changes_{table}
    where not now._is_deleted and now.{state} = '{value}' and before.{state} = '{value}'
        and before.{column} is not null
    group by _source
),

earlier as (
    select _source, avg((reason is null)::integer) as empty_share, count(*) as rows
    from (
        select _source, {keys}, max_by({column}, (_extracted_at, _delivery_id, _file, _line)) as reason
        from raw.{table}
        semi join arrived using (_source)
        where _delivery_id in (from runs.published_deliveries) and not _is_deleted and {state} = '{value}'
        group by all
    )
    group by _source
)

select
    '{table} of ' || _source || ': of ' || arrived.rows || ' new or changed rows that are {value}, '
    || round(arrived.empty_share, 2) || ' have no {column}, ' || coalesce(lost, 0) || ' lost it; before it was '
    || round(earlier.empty_share, 2) as message,
    _source, '{table}' as table_name, arrived.empty_share, earlier.empty_share as empty_share_before,
    coalesce(lost, 0) as lost
from arrived
inner join earlier using (_source)
left join lost using (_source)
where (
    arrived.rows >= 5 and earlier.rows >= 5 and arrived.empty_share - earlier.empty_share > {threshold}
) or (lost >= 2 and lost > {threshold} * had_one)
