-- Grain: one row per month and survey.
with answers as (
    select * from {{ ref('int_voice__csat_answers') }}
),

totals as (
    select
        period_month,
        survey,
        period_month >= {{ as_of_month() }} as is_partial,
        cast(count(*) as bigint) as responses,
        case when is_on_scale then {{ count_where('score >= 4') }} end as satisfied
    from answers
    group by
        period_month,
        survey,
        is_on_scale
)

select
    period_month,
    survey,
    responses,
    satisfied,
    case when not is_partial then {{ count_rate('satisfied', 'responses') }} end as csat_rate,
    case
        when not is_partial and satisfied is not null
            then {{ wilson_bound('satisfied', 'responses', 'low') }}
    end as csat_rate_low,
    case
        when not is_partial and satisfied is not null
            then {{ wilson_bound('satisfied', 'responses', 'high') }}
    end as csat_rate_high,
    is_partial
from totals
