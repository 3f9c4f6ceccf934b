-- Grain: one row per day from which a customer counts (+1), or no longer counts (-1), among those
-- that the 30 days before it are about.
-- A day's 30 days end the evening before; what stood before them is the state 31 days earlier.
-- DECISIONS.md#rolling-30-days
with lives as (
    select * from {{ ref('int_retention__lives') }}
),

absences as (
    select
        customer_id,
        {{ add_days('ended_on', 1) }} as first_day,
        -- Seen on each of these evenings, and no longer than the 30 days that hold the end.
        least(coalesce(returned_on, {{ add_days('ended_on', 30) }}), {{ add_days('ended_on', 30) }})
            as last_day
    from lives
    where ended_on is not null and not is_short_pause
),

spans as (
    select
        'active' as part,
        {{ add_days('started_on', 31) }} as first_day,
        {{ add_days('ended_on', 30) }} as last_day
    from lives

    union all

    -- A customer who was there when the 30 days began is not new, even after an absence in them.
    select
        'new' as part,
        case
            when absent_since is null then {{ add_days('started_on', 1) }}
            else greatest({{ add_days('started_on', 1) }}, {{ add_days('absent_since', 31) }})
        end as first_day,
        {{ add_days('started_on', 30) }} as last_day
    from lives

    union all

    select
        'churned' as part,
        first_day,
        last_day
    from absences

    union all

    select
        'churned_active' as part,
        greatest(absences.first_day, {{ add_days('lives.started_on', 31) }}) as first_day,
        least(absences.last_day, {{ add_days('lives.ended_on', 30) }}) as last_day
    from absences
    inner join lives on absences.customer_id = lives.customer_id
)

select
    part,
    first_day as change_day,
    1 as delta
from spans
where last_day is null or first_day <= last_day
union all
select
    part,
    {{ add_days('last_day', 1) }} as change_day,
    -1 as delta
from spans
where first_day <= last_day
