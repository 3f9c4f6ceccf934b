-- Grain: one row per month and survey that breaks the rule: more are satisfied than answered, or
-- the rate is not their share.
with months as (
    select * from {{ ref('fct_csat_monthly') }}
)

select
    coalesce(cast(period_month as {{ dbt.type_string() }}), 'nothing')
    || ', ' || coalesce(survey, 'nothing') || ': '
    || coalesce(cast(satisfied as {{ dbt.type_string() }}), 'nothing')
    || ' of '
    || coalesce(cast(responses as {{ dbt.type_string() }}), 'nothing')
    || ' answers are satisfied, a rate of '
    || coalesce(cast(csat_rate as {{ dbt.type_string() }}), 'nothing') as message,
    period_month,
    survey
from months
where
    responses is null
    or satisfied not between 0 and responses
    or (csat_rate is not null and satisfied is null)
    or abs(csat_rate * responses - satisfied) > 1e-6
