-- Grain: one row per month, survey, respondent and segment of the customer in that month.
-- DECISIONS.md#nps_mrr_weighted
with answers as (
    select * from {{ ref('int_voice__nps_window_answers') }}
),

customer_months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

valued_answers as (
    select
        answers.period_month,
        answers.survey,
        answers.respondent_id,
        answers.customer_id,
        answers.category,
        coalesce(customer_months.closing_mrr, 0) as mrr,
        answers.is_partial
    from answers
    left join customer_months
        on
            answers.customer_id = customer_months.customer_id
            and answers.period_month = customer_months.period_month
)

{{ in_voice_segments('valued_answers', [
    'period_month', 'survey', 'respondent_id', 'customer_id', 'category', 'mrr', 'is_partial'
]) }}
