-- Grain: one row per month, survey and segment that breaks the rule: promoters, passives and
-- detractors are not its responses, or NPS does not follow from them.
with months as (
    select * from {{ ref('fct_nps_monthly') }}
)

select
    coalesce(cast(period_month as {{ dbt.type_string() }}), 'nothing')
    || ', ' || coalesce(survey, 'nothing')
    || ', ' || coalesce(segment_type, 'nothing') || ' ' || coalesce(segment_value, 'nothing')
    || ': '
    || coalesce(cast(promoters as {{ dbt.type_string() }}), 'nothing')
    || ' promoters, '
    || coalesce(cast(passives as {{ dbt.type_string() }}), 'nothing')
    || ' passives and '
    || coalesce(cast(detractors as {{ dbt.type_string() }}), 'nothing')
    || ' detractors of '
    || coalesce(cast(responses as {{ dbt.type_string() }}), 'nothing')
    || ' responses, NPS '
    || coalesce(cast(nps as {{ dbt.type_string() }}), 'nothing') as message,
    period_month,
    survey,
    segment_type,
    segment_value
from months
where
    responses is null
    or promoters + passives + detractors is distinct from responses
    or abs(nps - 100 * {{ ratio('promoters - detractors', 'responses') }}) > 1e-6
    or (nps is null) <> (responses = 0 or is_partial)
