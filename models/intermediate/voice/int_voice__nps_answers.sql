{{ config(materialized='table') }}

-- Grain: one row per answer to an NPS survey, with the customer it speaks for.
with answers as (
    select * from {{ ref('stg_survey_responses') }}
    where survey_type = 'nps'
)

select
    answers.response_id,
    answers.survey,
    -- An answer without a person is its own respondent.
    {{ respondent_hash('coalesce(answers.respondent, answers.response_id)') }} as respondent_id,
    {{ customer_of_keys() }} as customer_id,
    {{ customer_evidence() }} as customer_evidence,
    answers.customer_reference is not null
    or coalesce(answers.respondent, '') like '%@%' as is_customer_named,
    answers.responded_at,
    {{ local_date('answers.responded_at') }} as responded_on,
    answers.score,
    case
        when answers.score between 9 and 10 then 'promoter'
        when answers.score between 7 and 8 then 'passive'
        when answers.score between 0 and 6 then 'detractor'
    end as category,
    coalesce(answers.excluded, false) as is_excluded,
    answers.source_name,
    answers.source_file,
    answers.source_line
from answers
{{ join_customer_keys('answers', 'answers.customer_reference', 'answers.respondent') }}
where answers.responded_at <= {{ as_of() }}
