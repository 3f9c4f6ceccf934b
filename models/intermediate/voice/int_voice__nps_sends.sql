-- Grain: one row per invitation to an NPS survey, answered or not.
-- DECISIONS.md#response_rate
with sends as (
    select * from {{ ref('stg_survey_sends') }}
),

answers as (
    select * from {{ ref('int_voice__nps_answers') }}
    where not is_excluded
),

customer_keys as (
    select * from {{ ref('int_voice__customer_keys') }}
),

nps_surveys as (
    select distinct survey
    from {{ ref('int_voice__nps_answers') }}
),

-- An invitation has no customer of its own: the respondent's last answer names one.
known_respondents as (
    select
        respondent_id,
        customer_id,
        row_number() over (
            partition by respondent_id
            order by responded_at desc, response_id desc
        ) as answer_rank
    from answers
    where customer_id is not null
),

invitations as (
    select
        sends.send_id,
        sends.survey,
        {{ respondent_hash('sends.respondent') }} as respondent_id,
        -- As of an answer: by the billing address, else by the contact, and of several nobody.
        case
            when email_keys.key_value is not null then email_keys.customer_id
            else contact_keys.customer_id
        end as customer_id,
        sends.sent_at
    from sends
    inner join nps_surveys
        on sends.survey = nps_surveys.survey
    left join customer_keys as email_keys
        on
            email_keys.key_kind = 'email'
            and email_keys.key_value = lower(trim(sends.respondent))
    left join customer_keys as contact_keys
        on
            contact_keys.key_kind = 'contact_email'
            and contact_keys.key_value = lower(trim(sends.respondent))
    where sends.sent_at <= {{ as_of() }}
),

invitations_with_next as (
    select
        *,
        lead(sent_at) over (
            partition by survey, respondent_id
            order by sent_at, send_id
        ) as next_sent_at
    from invitations
),

answered as (
    select
        invitations_with_next.send_id,
        min(answers.responded_on) as answered_on
    from invitations_with_next
    inner join answers
        on
            invitations_with_next.survey = answers.survey
            and invitations_with_next.respondent_id = answers.respondent_id
            and invitations_with_next.sent_at <= answers.responded_at
            and (
                invitations_with_next.next_sent_at is null
                or invitations_with_next.next_sent_at > answers.responded_at
            )
    group by invitations_with_next.send_id
)

select
    invitations_with_next.send_id,
    invitations_with_next.survey,
    invitations_with_next.respondent_id,
    coalesce(invitations_with_next.customer_id, known_respondents.customer_id) as customer_id,
    {{ local_date('invitations_with_next.sent_at') }} as sent_on,
    answered.answered_on
from invitations_with_next
left join answered
    on invitations_with_next.send_id = answered.send_id
left join known_respondents
    on
        invitations_with_next.respondent_id = known_respondents.respondent_id
        and known_respondents.answer_rank = 1
