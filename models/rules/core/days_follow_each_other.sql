-- Grain: one row per day that breaks the rule: it has a movement and the calendar lacks it, or the
-- day that the calendar lists before it is not the day before.
with days as (
    select * from {{ ref('dim_dates') }}
),

movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

chained as (
    select
        date_day,
        lag(date_day) over (order by date_day) as previous_day
    from days
)

select
    cast(date_day as {{ dbt.type_string() }})
    || ': the calendar lists '
    || cast(previous_day as {{ dbt.type_string() }})
    || ' before it' as message,
    date_day
from chained
where previous_day <> {{ day_before('date_day') }}

union all

select distinct
    cast(movements.movement_date as {{ dbt.type_string() }})
    || ': has a movement, and the calendar lacks it' as message,
    movements.movement_date as date_day
from movements
left join days on movements.movement_date = days.date_day
where days.date_day is null
