-- Grain: one row per journey and stage that breaks the rule: it was left before it was entered.
with entries as (
    select * from {{ ref('fct_funnel_entries') }}
)

select
    coalesce(journey_id, 'nothing') || ': ' || coalesce(stage, 'nothing') || ' was entered at '
    || coalesce(cast(entered_at as {{ dbt.type_string() }}), 'nothing')
    || ' and left at '
    || coalesce(cast(advanced_at as {{ dbt.type_string() }}), 'nothing')
    || ', after '
    || coalesce(cast(days_in_stage as {{ dbt.type_string() }}), 'nothing')
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
