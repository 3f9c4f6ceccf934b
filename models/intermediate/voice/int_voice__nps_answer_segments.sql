-- Grain: one row per month, survey, respondent and segment of the customer in that month.
with answers as (
    select * from {{ ref('int_voice__nps_window_answers') }}
),

segments as (
    select * from {{ ref('int_retention__customer_segments') }}
),

customer_months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

-- Respondents without a customer, or whose customer has no MRR, count in the total only.
memberships as (
    select
        period_month,
        survey,
        respondent_id,
        'all' as segment_type,
        'all' as segment_value
    from answers

    union all

    select
        answers.period_month,
        answers.survey,
        answers.respondent_id,
        segments.segment_type,
        segments.segment_value
    from answers
    inner join segments
        on answers.customer_id = segments.customer_id
        and answers.period_month = segments.period_month
    where segments.segment_type <> 'all'
)

select
    answers.period_month,
    answers.survey,
    answers.respondent_id,
    memberships.segment_type,
    memberships.segment_value,
    answers.category,
    coalesce(customer_months.closing_mrr, 0) as mrr,
    answers.is_partial
from answers
inner join memberships
    on answers.period_month = memberships.period_month
    and answers.survey = memberships.survey
    and answers.respondent_id = memberships.respondent_id
left join customer_months
    on answers.customer_id = customer_months.customer_id
    and answers.period_month = customer_months.period_month
