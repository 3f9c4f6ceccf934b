-- Grain: one row per answer about satisfaction of a survey or on a ticket.
-- A survey with a score outside 1 to 5 has another scale: who is satisfied there nobody can say.
-- DECISIONS.md#the-scale-of-satisfaction
with answers as (
    select * from {{ ref('stg_survey_responses') }}
    where
        survey_type = 'csat'
        and not coalesce(excluded, false)
        and responded_at <= {{ as_of() }}
),

tickets as (
    select * from {{ ref('int_voice__customer_of_tickets') }}
    where csat is not null
),

scores as (
    select
        survey,
        {{ month_start(local_date('responded_at')) }} as period_month,
        score
    from answers
    union all
    select
        'tickets' as survey,
        {{ month_start(local_date('coalesce(solved_at, opened_at)')) }} as period_month,
        csat as score
    from tickets
)

select
    survey,
    period_month,
    score,
    min(score) over (partition by survey) >= 1
    and max(score) over (partition by survey) <= 5 as is_on_scale
from scores
