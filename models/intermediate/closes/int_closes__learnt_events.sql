-- Grain: one row per base, month, customer and class of revenue that is another and that an event
-- bears on, with the event that was learnt last. What is earned has many lines: only news can have
-- moved it, and what takes something off an invoice moves each later month.
with differences as (
    select distinct
        base_id,
        period_month,
        customer_id,
        revenue_class
    from {{ ref('int_closes__revenue_differences') }}
),

bases as (
    select * from {{ ref('stg_reported_bases') }}
),

events as (
    select * from {{ ref('int_closes__event_rows') }}
),

borne as (
    select
        differences.*,
        events.revenue_class as event_class,
        events.period_month as event_month,
        events.loaded_at,
        events.source_file,
        events.source_line,
        bases.as_of < events.loaded_at as is_news
    from differences
    inner join bases on differences.base_id = bases.base_id
    inner join events on differences.customer_id = events.customer_id
),

ranked as (
    select
        borne.*,
        row_number() over (
            partition by base_id, period_month, customer_id, revenue_class
            order by loaded_at desc, source_file desc, source_line desc
        ) as rank
    from borne
    where
        (
            revenue_class = event_class
            and period_month = event_month
            and (is_news or revenue_class <> 'earned')
        )
        or (
            revenue_class = 'earned'
            and event_class not in ('earned', 'breakage')
            and period_month >= event_month
            and is_news
        )
)

select
    base_id,
    period_month,
    customer_id,
    revenue_class,
    is_news,
    source_file,
    source_line
from ranked
where rank = 1
