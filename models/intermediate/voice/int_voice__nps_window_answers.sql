-- Grain: one row per month, survey and respondent: the latest answer in the month's window.
with answers as (
    select * from {{ ref('int_voice__nps_answers') }}
    where not is_excluded
),

months as (
    select * from {{ ref('int_voice__nps_months') }}
),

answers_in_windows as (
    select
        months.period_month,
        months.is_partial,
        answers.response_id,
        answers.survey,
        answers.respondent_id,
        answers.customer_id,
        answers.responded_at,
        answers.category,
        -- response_id breaks ties: an export may stamp two answers with the same second
        row_number() over (
            partition by months.period_month, answers.survey, answers.respondent_id
            order by answers.responded_at desc, answers.response_id desc
        ) as answer_rank
    from answers
    inner join months
        on answers.responded_on between months.window_first_day and months.window_last_day
)

select
    period_month,
    is_partial,
    response_id,
    survey,
    respondent_id,
    customer_id,
    responded_at,
    category
from answers_in_windows
where answer_rank = 1
