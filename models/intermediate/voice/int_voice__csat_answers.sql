-- Grain: one row per answer about satisfaction, from 1 to 5, of a survey or on a ticket.
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
)

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
