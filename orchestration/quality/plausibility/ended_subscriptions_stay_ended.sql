with ended as (
    select _source, {key} as id, now.status as status, before.{end} as ended_before,
        not now._is_deleted and now.status is distinct from 'ended'
        and coalesce(try_cast(now.{end} as timestamp) > {now}, true) as runs_again
    from runs.changes_{table}
    where not before._is_deleted
        and (before.status = 'ended' or try_cast(before.{end} as timestamp) <= {published_at})
),

counted as (
    select *, count(*) filter (runs_again) over of_source as running, count(*) over of_source as known
    from ended
    window of_source as (partition by _source)
)

select
    '{table} of ' || _source || ', ' || id || ': ' || coalesce(status, 'without an end') || ', had ended '
    || coalesce(ended_before, 'before') || ' (' || running || ' of ' || known || ' run again)' as message,
    _source, '{table}' as table_name, id, status, ended_before
from counted
where runs_again and running >= 5 and running >= {threshold} * known
