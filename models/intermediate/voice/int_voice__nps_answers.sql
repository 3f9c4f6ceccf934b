-- Grain: one row per answer to an NPS survey, with the customer it speaks for.
with answers as (
    select * from {{ ref('stg_survey_responses') }}
    where survey_type = 'nps'
),

customer_keys as (
    select * from {{ ref('int_voice__customer_keys') }}
)

select
    answers.response_id,
    answers.survey,
    {{ respondent_hash('answers.respondent') }} as respondent_id,
    coalesce(
        own_keys.customer_id,
        full_keys.customer_id,
        native_keys.customer_id,
        email_keys.customer_id
    ) as customer_id,
    answers.responded_at,
    {{ local_date('answers.responded_at') }} as responded_on,
    answers.score,
    case
        when answers.score between 9 and 10 then 'promoter'
        when answers.score between 7 and 8 then 'passive'
        when answers.score between 0 and 6 then 'detractor'
    end as category,
    coalesce(answers.excluded, false) as is_excluded,
    answers.source_file,
    answers.source_line
from answers
left join customer_keys as own_keys
    on
        own_keys.key_kind = 'customer_id'
        and own_keys.key_value = answers.source_name || ':' || answers.customer_reference
left join customer_keys as full_keys
    on
        full_keys.key_kind = 'customer_id'
        and answers.customer_reference = full_keys.key_value
left join customer_keys as native_keys
    on
        native_keys.key_kind = 'native_id'
        and answers.customer_reference = native_keys.key_value
left join customer_keys as email_keys
    on
        email_keys.key_kind = 'email'
        and email_keys.key_value = lower(trim(answers.respondent))
where answers.responded_at <= {{ as_of() }}
