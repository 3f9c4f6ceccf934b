-- Grain: one row per survey of satisfaction that breaks the rule: it has scores outside 1 to 5.
with answers as (
    select * from {{ ref('int_voice__csat_answers') }}
    where coalesce(not is_on_scale, true)
),

surveys as (
    select
        survey,
        min(score) as lowest,
        max(score) as highest
    from answers
    group by survey
)

select
    {{ told('survey') }} || ' has scores from '
    || {{ told('lowest') }}
    || ' to '
    || {{ told('highest') }} as message,
    survey,
    lowest,
    highest
from surveys
