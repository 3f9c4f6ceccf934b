-- Grain: one row per month, survey and segment with invitations in the month's window.
with sends as (
    select * from {{ ref('int_voice__nps_sends') }}
),

months as (
    select * from {{ ref('int_voice__nps_months') }}
),

segments as (
    select * from {{ ref('int_retention__customer_segments') }}
),

sends_in_windows as (
    select
        months.period_month,
        months.window_last_day,
        months.is_partial,
        sends.survey,
        sends.customer_id,
        sends.answered_on
    from sends
    inner join months
        on sends.sent_on between months.window_first_day and months.window_last_day
),

sends_by_segment as (
    select
        period_month,
        window_last_day,
        is_partial,
        survey,
        'all' as segment_type,
        'all' as segment_value,
        answered_on
    from sends_in_windows

    union all

    select
        sends_in_windows.period_month,
        sends_in_windows.window_last_day,
        sends_in_windows.is_partial,
        sends_in_windows.survey,
        segments.segment_type,
        segments.segment_value,
        sends_in_windows.answered_on
    from sends_in_windows
    inner join segments
        on sends_in_windows.customer_id = segments.customer_id
        and sends_in_windows.period_month = segments.period_month
    where segments.segment_type <> 'all'
)

select
    period_month,
    survey,
    segment_type,
    segment_value,
    is_partial,
    cast(count(*) as bigint) as sends,
    {{ count_where('answered_on <= window_last_day') }} as answered_sends
from sends_by_segment
group by
    period_month,
    survey,
    segment_type,
    segment_value,
    is_partial
