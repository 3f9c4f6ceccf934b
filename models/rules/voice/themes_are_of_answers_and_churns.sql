-- Grain: one row per month and theme that breaks the rule: its answers are not of one category
-- each, or it has more answers, churned customers or MRR than the month.
with themes as (
    select * from {{ ref('fct_feedback_themes_monthly') }}
),

answers as (
    select
        {{ month_start('responded_on') }} as period_month,
        cast(count(*) as bigint) as answers
    from {{ ref('int_voice__nps_answers') }}
    where not is_excluded
    group by {{ month_start('responded_on') }}
),

churns as (
    select
        period_month,
        cast(count(distinct customer_id) as bigint) as churned_customers,
        {{ money_sum('mrr_lost') }} as churned_mrr
    from {{ ref('fct_churn_events') }}
    group by period_month
)

select
    {{ told('themes.period_month') }}
    || ', ' || {{ told('themes.theme') }}
    || ': ' || {{ told('themes.answers') }}
    || ' answers of ' || {{ told('answers.answers') }}
    || ', ' || {{ told('themes.churned_customers') }}
    || ' churned of ' || {{ told('churns.churned_customers') }}
    || ' with ' || {{ told('themes.churned_mrr') }}
    || ' of ' || {{ told('churns.churned_mrr') }} as message,
    themes.period_month,
    themes.theme
from themes
left join answers on themes.period_month = answers.period_month
left join churns on themes.period_month = churns.period_month
where
    themes.promoters + themes.passives + themes.detractors <> themes.answers
    or themes.answers > coalesce(answers.answers, 0)
    or themes.customers > themes.answers
    or themes.detractors_mrr > themes.mrr
    or themes.churned_customers > coalesce(churns.churned_customers, 0)
    or themes.churned_mrr > coalesce(churns.churned_mrr, 0)
