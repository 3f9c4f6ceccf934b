{{ config(materialized='table') }}

-- Grain: one row per part of an invoice line that something happened to, and event. Number 0 is the
-- invoice itself. What the event took of revenue and of what was deferred, and what goes on from
-- there: at which rate, and how much at most. An event acts on what the one before it left.
-- DECISIONS.md#events-of-an-invoice
with recursive events as (
    select * from {{ ref('int_finance__part_events') }}
),

states as (
    select
        parts.part_number,
        parts.line_number,
        cast(0 as bigint) as part_event_number,
        cast('invoice' as {{ dbt.type_string() }}) as event_kind,
        parts.first_month_index as month_index,
        cast(0 as {{ type_money() }}) as taken_revenue,
        cast(0 as {{ type_money() }}) as taken_deferred,
        cast(0 as {{ type_double() }}) as from_share,
        cast(0 as {{ type_double() }}) as recognised,
        cast(parts.amount as {{ type_double() }}) as deferred,
        cast(parts.amount as {{ type_double() }}) as amount_per_share
    from {{ ref('int_finance__parts') }} as parts
    inner join events on parts.part_number = events.part_number
    where events.part_event_number = 1

    union all

    select
        taken.part_number,
        taken.line_number,
        taken.part_event_number,
        taken.event_kind,
        taken.month_index,
        cast(taken.taken_revenue as {{ type_money() }}) as taken_revenue,
        cast(taken.taken_deferred as {{ type_money() }}) as taken_deferred,
        taken.planned_share as from_share,
        taken.recognised - taken.taken_revenue as recognised,
        taken.deferred - taken.taken_deferred as deferred,
        -- A credit note or write-off makes every later day smaller; a refund takes the latest days.
        case
            when {{ takes_of_every_day('taken') }}
                then
                    taken.amount_per_share
                    * coalesce(
                        (taken.deferred - taken.taken_deferred) / nullif(taken.deferred, 0), 0
                    )
            else taken.amount_per_share
        end as amount_per_share
    from (
        {{ taken_by_events('states', 'events') }}
    ) as taken
)

select
    states.*,
    lead(states.from_share) over (
        partition by states.part_number
        order by states.part_event_number
    ) as to_share
from states
