with old as ({of_each_part}),

counted as (
    select *, sum(no_news) over of_source as all_no_news, sum(records) over of_source as all_records
    from old
    window of_source as (partition by _source)
)

select
    table_name || ' of ' || _source || ': ' || records || ' changes go on to ' || instant
    || '; what was known before goes on to ' || instant_before || ', and ' || no_news
    || ' of them are known already, or of records that nobody knew' as message,
    _source, table_name, instant, instant_before, no_news, records
from counted
where no_news > 0 and all_no_news >= 5 and all_no_news >= 0.5 * all_records
order by _source, table_name
