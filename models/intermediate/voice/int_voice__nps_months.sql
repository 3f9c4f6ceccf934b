-- Grain: one row per local month from the first answer or invitation to the as-of month.
with answers as (
    select * from {{ ref('int_voice__nps_answers') }}
),

sends as (
    select * from {{ ref('int_voice__nps_sends') }}
),

first_days as (
    select min(responded_on) as first_day from answers
    union all
    select min(sent_on) as first_day from sends
),

first_day as (
    select min(first_day) as first_day
    from first_days
),

month_indices as (
    select
        {{ expand_integers(month_index('first_day'), month_index(as_of_month())) }} as month_index
    from first_day
    where first_day is not null
),

months as (
    select
        {{ month_from_index('month_index') }} as period_month,
        -- The unfinished month is as long as it is old: its window ends today.
        least({{ month_end_from_index('month_index') }}, {{ as_of_date() }}) as window_last_day
    from month_indices
)

select
    period_month,
    -- The window of a month: this many days, the last one the month's last day.
    {{ add_days('window_last_day', '1 - ' ~ policy('nps_window_days')) }} as window_first_day,
    window_last_day,
    period_month >= {{ as_of_month() }} as is_partial
from months
