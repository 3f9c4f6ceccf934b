with brought as (
    select _source, {keys}, row({columns}) as content, {newest_of_instants} as instant
    from raw.{table}
    where {named} and not _is_deleted and _delivery_id not in (from runs.published_deliveries)
        and _source not in (
            select _source
            from raw.snapshots
            where canonical_table = '{table}' and is_full
                and _delivery_id not in (from runs.published_deliveries)
        )
),

before as (
    select _source, max({newest_of_instants}) as instant
    from raw.{table}
    semi join brought using (_source)
    where not _is_deleted and _delivery_id in (from runs.published_deliveries)
    group by _source
),

held as (
    select _source, {keys}, row({columns}) as content
    from raw.{table}
    semi join brought using (_source, {keys})
    where not _is_deleted and _delivery_id in (from runs.published_deliveries)
),

-- Who renames a customer of old delivers old instants too, but no row that was there already, and none of
-- a customer whom nobody knew.
judged as (
    select brought._source, brought.instant,
        bool_or(held.content is null or held.content = brought.content) as is_no_news
    from brought
    left join held using (_source, {keys})
    group by brought._source, {brought_keys}, brought.content, brought.instant
)

select judged._source, '{table}' as table_name, max(judged.instant) as instant,
    any_value(before.instant) as instant_before, count(*) filter (is_no_news) as no_news, count(*) as records
from judged
inner join before using (_source)
group by judged._source
having max(judged.instant) < any_value(before.instant) - {threshold} * interval 1 day
