with judged as (
    select _source, {key} as id, now.{column} as value, before.{column} as value_before,
        coalesce(now.{column} <> before.{column}, false) as is_other
    from runs.changes_{table}
    where not now._is_deleted and not before._is_deleted
),

counted as (
    select *, count(*) filter (is_other) over of_source as others, count(*) over of_source as known
    from judged
    window of_source as (partition by _source)
)

select * from counted where is_other and others > {threshold} * known
