-- Grain: one row per month, survey and segment with invitations in the month's window.
with sends as (
    select * from {{ ref('int_voice__nps_sends') }}
),

months as (
    select * from {{ ref('int_voice__nps_months') }}
),

sends_in_windows as (
    select
        months.period_month,
        months.is_partial,
        sends.survey,
        sends.customer_id,
        coalesce(sends.answered_on <= months.window_last_day, false) as is_answered
    from sends
    inner join months
        on sends.sent_on between months.window_first_day and months.window_last_day
),

sends_by_segment as (
    {{ in_voice_segments('sends_in_windows', [
        'period_month', 'survey', 'is_partial', 'is_answered'
    ]) }}
)

select
    period_month,
    survey,
    segment_type,
    segment_value,
    is_partial,
    cast(count(*) as bigint) as sends,
    {{ count_where('is_answered') }} as answered_sends
from sends_by_segment
group by
    period_month,
    survey,
    segment_type,
    segment_value,
    is_partial
