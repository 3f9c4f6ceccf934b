with listed as (
    select distinct _source
    from raw.snapshots
    where canonical_table = '{table}' and is_full
        and _delivery_id not in (from runs.published_deliveries)
),

compared as (
    select _source, try_cast(now.{column} as timestamp) as instant, now._is_deleted as is_gone,
        not coalesce(before._is_deleted, true) as was_there
    from runs.changes_{table}
    semi join listed using (_source)
),

-- What is planned for later was no record of yesterday, and is none of today.
past as (
    select * from compared where instant <= {now}
),

newest as (
    select _source, max(instant) filter (not is_gone) as instant, max(instant) filter (was_there) as instant_before
    from past
    group by _source
),

gone as (
    select past._source, count(*) as records
    from past
    inner join newest
        on past._source = newest._source
            and past.instant > newest.instant + {threshold} * interval 1 day
    where past.is_gone and past.was_there
    group by past._source
)

select
    '{table} of ' || _source || ': the newest {column} is ' || newest.instant || ', before it was '
    || newest.instant_before || ', and ' || gone.records || ' newer records are gone' as message,
    _source, '{table}' as table_name, newest.instant, newest.instant_before, gone.records
from newest
inner join gone using (_source)
where gone.records >= 5
