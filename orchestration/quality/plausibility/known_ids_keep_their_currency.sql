with judged as (
    select _source, {key} as id, now.currency as currency, before.currency as currency_before,
        coalesce(now.currency <> before.currency, false) as is_other
    from runs.changes_{table}
    where not now._is_deleted and not before._is_deleted
),

counted as (
    select *, count(*) filter (is_other) over of_source as others, count(*) over of_source as known
    from judged
    window of_source as (partition by _source)
)

select
    '{table} of ' || _source || ', ' || id || ': ' || currency || ' after ' || currency_before || ' ('
    || others || ' of ' || known || ' have another currency)' as message,
    _source, '{table}' as table_name, id, currency, currency_before
from counted
where is_other and others >= 3 and others > {threshold} * known
