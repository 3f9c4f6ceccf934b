-- Grain: one row per journey and stage that breaks the rule: it was left before it was entered.
with entries as (
    select * from {{ ref('fct_funnel_entries') }}
)

select
    {{ told('journey_id') }} || ': ' || {{ told('stage') }} || ' was entered at '
    || {{ told('entered_at') }}
    || ' and left at '
    || {{ told('advanced_at') }}
    || ', after '
    || {{ told('days_in_stage') }}
    || ' days' as message,
    journey_id,
    stage,
    entered_at,
    advanced_at
from entries
where
    entered_at is null
    or advanced_at < entered_at
    or days_in_stage < 0
