-- Grain: one row per answer to an NPS survey.
-- DECISIONS.md#is_latest_in_window
with answers as (
    select * from {{ ref('int_voice__nps_answers') }}
),

answers_with_next as (
    select
        *,
        -- An excluded answer neither counts nor replaces one that does.
        lead(responded_on) over (
            partition by survey, respondent_id, is_excluded
            order by responded_at, response_id
        ) as next_responded_on
    from answers
)

select
    response_id,
    survey,
    respondent_id,
    customer_id,
    customer_evidence,
    responded_at,
    responded_on,
    score,
    category,
    is_excluded,
    not is_excluded and (
        next_responded_on is null
        or {{ days_between('responded_on', 'next_responded_on') }}
        >= {{ policy('nps_window_days') }}
    ) as is_latest_in_window,
    source_file,
    source_line
from answers_with_next
