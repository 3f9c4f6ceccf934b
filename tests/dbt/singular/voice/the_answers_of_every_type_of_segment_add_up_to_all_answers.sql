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
)

select
    parts.period_month,
    parts.survey,
    parts.segment_type,
    parts.responses,
    wholes.responses as expected_responses
from totals as parts
inner join totals as wholes
    on
        parts.period_month = wholes.period_month
        and parts.survey = wholes.survey
        and wholes.segment_type = 'all'
where
    parts.responses <> wholes.responses
    or parts.promoters <> wholes.promoters
    or parts.sends <> wholes.sends
