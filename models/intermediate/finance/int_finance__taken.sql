-- Grain: one row per invoice line, month and kind of event: what it took of the line's revenue and
-- of what was deferred. Amounts have the line's own sign.
with states as (
    select * from {{ ref('int_finance__part_states') }}
    where
        part_event_number > 0
        and (taken_revenue <> 0 or taken_deferred <> 0)
),

lines as (
    select * from {{ ref('int_finance__lines') }}
)

select
    states.line_number,
    states.month_index,
    states.event_kind,
    {{ money_sum('case when lines.amount_native < 0 then -1 else 1 end * states.taken_revenue') }}
        as taken_revenue,
    {{ money_sum('case when lines.amount_native < 0 then -1 else 1 end * states.taken_deferred') }}
        as taken_deferred
from states
inner join lines on states.line_number = lines.line_number
group by
    states.line_number,
    states.month_index,
    states.event_kind
