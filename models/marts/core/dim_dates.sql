-- Grain: one row per day, from the first movement's year to the end of the as-of year.
with bounds as (
    select
        cast(
            date_trunc('year', coalesce(min(movement_date), {{ as_of_date() }})) as date
        ) as first_day,
        {{ month_from_index(month_index("date_trunc('year', " ~ as_of_date() ~ ")") ~ ' + 12') }}
            as next_year
    from {{ ref('fct_mrr_movements') }}
),

days as (
    select {{ expand_days('first_day', day_before('next_year')) }} as date_day
    from bounds
)

select
    date_day,
    {{ month_start('date_day') }} as period_month,
    cast(date_trunc('quarter', date_day) as date) as period_quarter,
    cast(extract(year from date_day) as integer) as calendar_year,
    cast(extract(month from date_day) as integer) as month_of_year,
    date_day = {{ month_start('date_day') }} as is_month_start,
    {{ month_start('date_day') }} <> {{ month_start(add_days('date_day', 1)) }} as is_month_end,
    {{ month_start('date_day') }} >= {{ as_of_month() }} as is_partial
from days
