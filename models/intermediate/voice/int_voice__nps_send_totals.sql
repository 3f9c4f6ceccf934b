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
    {{ in_segments('sends_in_windows', month_column='period_month') }}
),

-- Invitations of people without a customer that ever had MRR count in the total only.
all_sends as (
    select
        sends_in_windows.*,
        'all' as segment_type,
        'all' as segment_value
    from sends_in_windows
    union all
    select *
    from sends_by_segment
    where segment_type <> 'all'
)

select
    period_month,
    survey,
    segment_type,
    segment_value,
    is_partial,
    cast(count(*) as bigint) as sends,
    {{ count_where('is_answered') }} as answered_sends
from all_sends
group by
    period_month,
    survey,
    segment_type,
    segment_value,
    is_partial
