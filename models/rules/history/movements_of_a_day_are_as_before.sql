-- Grain: one row per day and type of movement that breaks the rule: since the last release, and far
-- beyond any day of the year before it.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

released as (
    select
        max(cast(as_of as date)) as released_on,
        sum(mrr) as mrr
    from {{ ref('stg_published_sources') }}
    having max(as_of) is not null
),

days as (
    select
        movement_date,
        movement_type,
        count(*) as customers,
        sum(abs(mrr_delta)) as moved_mrr
    from movements
    group by
        movement_date,
        movement_type
),

-- A company of some weeks has no history to be held against.
history as (
    select
        days.movement_type,
        max(days.moved_mrr) as largest_mrr
    from days
    cross join released
    where
        days.movement_date < released.released_on
        and days.movement_date >= {{ dbt.dateadd('day', -365, 'released.released_on') }}
    group by days.movement_type
    having min(days.movement_date) < min({{ dbt.dateadd('day', -90, 'released.released_on') }})
)

select
    cast(days.movement_date as {{ dbt.type_string() }})
    || ': ' || days.movement_type || ' of ' || cast(days.moved_mrr as {{ dbt.type_string() }})
    || ' by ' || cast(days.customers as {{ dbt.type_string() }})
    || ' customers; the largest day of the year before had '
    || cast(history.largest_mrr as {{ dbt.type_string() }}) as message,
    days.movement_date,
    days.movement_type,
    days.customers,
    days.moved_mrr,
    history.largest_mrr
from days
cross join released
inner join history on days.movement_type = history.movement_type
where
    days.movement_date >= released.released_on
    and days.customers >= 5
    and days.moved_mrr >= 0.15 * released.mrr
    and days.moved_mrr >= {{ policy('max_day_factor') }} * history.largest_mrr
