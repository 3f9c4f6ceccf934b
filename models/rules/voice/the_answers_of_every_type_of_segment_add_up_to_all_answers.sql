-- Grain: one row per month, survey and type of segment that breaks the rule: its values are not all
-- answers.
-- Payers, trials and strangers alike: whoever is in the total is in one segment of each type.
with totals as (
    select
        period_month,
        survey,
        segment_type,
        sum(responses) as responses,
        sum(promoters) as promoters,
        sum(sends) as sends
    from {{ ref('fct_nps_monthly') }}
    group by
        period_month,
        survey,
        segment_type
),

segment_types as (
    select distinct segment_type from totals
),

wholes as (
    select
        totals.period_month,
        totals.survey,
        segment_types.segment_type,
        totals.responses,
        totals.promoters,
        totals.sends
    from totals
    cross join segment_types
    where totals.segment_type = 'all'
)

select
    coalesce(
        cast(parts.period_month as {{ dbt.type_string() }}),
        cast(wholes.period_month as {{ dbt.type_string() }}),
        'nothing'
    )
    || ', ' || coalesce(parts.survey, wholes.survey, 'nothing')
    || ', by ' || coalesce(parts.segment_type, wholes.segment_type, 'nothing') || ': '
    || {{ told('parts.responses') }}
    || ' responses, '
    || {{ told('parts.promoters') }}
    || ' promoters and '
    || {{ told('parts.sends') }}
    || ' invitations; of all there are '
    || {{ told('wholes.responses') }}
    || ', '
    || {{ told('wholes.promoters') }}
    || ' and '
    || {{ told('wholes.sends') }} as message,
    coalesce(parts.period_month, wholes.period_month) as period_month,
    coalesce(parts.survey, wholes.survey) as survey,
    coalesce(parts.segment_type, wholes.segment_type) as segment_type
from totals as parts
full outer join wholes
    on
        parts.period_month = wholes.period_month
        and parts.survey = wholes.survey
        and parts.segment_type = wholes.segment_type
where
    parts.responses is distinct from wholes.responses
    or parts.promoters is distinct from wholes.promoters
    or parts.sends is distinct from wholes.sends
