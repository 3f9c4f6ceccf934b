-- Grain: one row per month, survey and segment that breaks the rule: promoters, passives and
-- detractors are not its responses, or NPS does not follow from them.
with months as (
    select * from {{ ref('fct_nps_monthly') }}
)

select
    {{ told('period_month') }}
    || ', ' || {{ told_segment('survey') }}
    || ': '
    || {{ told('promoters') }}
    || ' promoters, '
    || {{ told('passives') }}
    || ' passives and '
    || {{ told('detractors') }}
    || ' detractors of '
    || {{ told('responses') }}
    || ' responses, NPS '
    || {{ told('nps') }} as message,
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
