-- Grain: one row per day and type of movement that breaks the rule: since the last release, and far
-- beyond the days of the year before it.
{%- set factor = policy('max_day_factor') %}
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

released as (
    select
        max(cast(as_of as date)) as released_on,
        sum(mrr) as mrr,
        sum(customers) as customers
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

year_before as (
    select days.*
    from days
    cross join released
    where
        days.movement_date < released.released_on
        and days.movement_date >= {{ dbt.dateadd('day', -365, 'released.released_on') }}
),

-- One day of the year may have been odd itself: a large customer left, everybody paid more.
ranked as (
    select
        movement_type,
        movement_date,
        customers,
        moved_mrr,
        row_number() over (
            partition by movement_type order by customers desc, movement_date asc
        ) as customers_rank,
        row_number() over (
            partition by movement_type order by moved_mrr desc, movement_date asc
        ) as mrr_rank
    from year_before
),

known_types as (
    select
        movement_type,
        min(movement_date) as first_date,
        min(case when customers_rank <= 2 then customers end) as usual_customers,
        min(case when mrr_rank <= 2 then moved_mrr end) as usual_mrr
    from ranked
    group by movement_type
),

-- A company of some weeks has no history to be held against.
has_history as (
    select released.released_on
    from released
    cross join year_before
    group by released.released_on
    having min(year_before.movement_date) < {{ dbt.dateadd('day', -90, 'released.released_on') }}
),

-- That nobody ever left says something of the day on which many do; of the first rise in prices it
-- says nothing.
compared as (
    select
        days.movement_date,
        days.movement_type,
        days.customers,
        days.moved_mrr,
        coalesce(known_types.usual_customers, 0) as usual_customers,
        coalesce(known_types.usual_mrr, 0) as usual_mrr
    from days
    inner join has_history on days.movement_date >= has_history.released_on
    left join known_types on days.movement_type = known_types.movement_type
    where
        days.movement_type = 'churn'
        or known_types.first_date < {{ dbt.dateadd('day', -90, 'has_history.released_on') }}
)

select
    cast(compared.movement_date as {{ dbt.type_string() }})
    || ': ' || compared.movement_type
    || ' of ' || cast(compared.moved_mrr as {{ dbt.type_string() }})
    || ' by ' || cast(compared.customers as {{ dbt.type_string() }})
    || ' customers; of the year before, all days but one had at most '
    || cast(compared.usual_mrr as {{ dbt.type_string() }})
    || ', and at most '
    || cast(compared.usual_customers as {{ dbt.type_string() }}) || ' customers' as message,
    compared.movement_date,
    compared.movement_type,
    compared.customers,
    compared.moved_mrr,
    compared.usual_customers,
    compared.usual_mrr
from compared
cross join released
where
    compared.customers >= 5
    and (
        (
            compared.moved_mrr >= 0.15 * released.mrr
            and compared.moved_mrr >= {{ factor }} * compared.usual_mrr
        )
        -- Many may pay a little more at once; many come or go at once only by a mistake.
        or (
            compared.movement_type in ('new', 'churn', 'reactivation')
            and compared.customers >= 0.15 * released.customers
            and compared.customers >= {{ factor }} * compared.usual_customers
        )
    )
