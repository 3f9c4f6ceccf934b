-- Grain: one row per month, survey and segment that breaks the rule: its NPS is not from -100 to
-- 100, or its response rate no share.
with months as (
    select * from {{ ref('fct_nps_monthly') }}
)

select
    coalesce(cast(period_month as {{ dbt.type_string() }}), 'nothing')
    || ', ' || coalesce(survey, 'nothing')
    || ', ' || coalesce(segment_type, 'nothing') || ' ' || coalesce(segment_value, 'nothing')
    || ': NPS '
    || coalesce(cast(nps as {{ dbt.type_string() }}), 'nothing')
    || ', response rate '
    || coalesce(cast(response_rate as {{ dbt.type_string() }}), 'nothing') as message,
    period_month,
    survey,
    segment_type,
    segment_value
from months
where
    nps not between -100 and 100
    or response_rate not between 0 and 1
