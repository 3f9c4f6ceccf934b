-- Grain: one row per month and theme of what customers said.
-- DECISIONS.md#themes
with said as (
    select * from {{ ref('fct_feedback_themes') }}
),

churn_totals as (
    select
        period_month,
        theme,
        cast(count(distinct customer_id) as bigint) as churned_customers,
        {{ money_sum('mrr') }} as churned_mrr
    from said
    where said_as = 'churn'
    group by
        period_month,
        theme
),

answer_totals as (
    select
        period_month,
        theme,
        cast(count(*) as bigint) as answers,
        {{ count_where("category = 'promoter'") }} as promoters,
        {{ count_where("category = 'passive'") }} as passives,
        {{ count_where("category = 'detractor'") }} as detractors
    from said
    where said_as = 'answer'
    group by
        period_month,
        theme
),

-- A customer that says one thing twice has its MRR once.
speakers as (
    select
        period_month,
        theme,
        customer_id,
        max(mrr) as mrr,
        max(case when category = 'detractor' then 1 else 0 end) as is_detractor
    from said
    where
        said_as = 'answer'
        and customer_id is not null
    group by
        period_month,
        theme,
        customer_id
),

money as (
    select
        period_month,
        theme,
        cast(count(*) as bigint) as customers,
        {{ money_sum('mrr') }} as mrr,
        {{ money_sum('case when is_detractor = 1 then mrr else 0 end') }} as detractors_mrr
    from speakers
    group by
        period_month,
        theme
),

themes as (
    select
        period_month,
        theme
    from answer_totals

    union

    select
        period_month,
        theme
    from churn_totals
)

select
    themes.period_month,
    themes.theme,
    ---------- answers
    coalesce(answer_totals.answers, 0) as answers,
    coalesce(answer_totals.promoters, 0) as promoters,
    coalesce(answer_totals.passives, 0) as passives,
    coalesce(answer_totals.detractors, 0) as detractors,
    coalesce(money.customers, 0) as customers,
    coalesce(money.mrr, cast(0 as {{ type_money() }})) as mrr,
    coalesce(money.detractors_mrr, cast(0 as {{ type_money() }})) as detractors_mrr,
    ---------- reasons for leaving
    coalesce(churn_totals.churned_customers, 0) as churned_customers,
    coalesce(churn_totals.churned_mrr, cast(0 as {{ type_money() }})) as churned_mrr,
    themes.period_month >= {{ as_of_month() }} as is_partial
from themes
left join answer_totals
    on
        themes.period_month = answer_totals.period_month
        and themes.theme = answer_totals.theme
left join money
    on
        themes.period_month = money.period_month
        and themes.theme = money.theme
left join churn_totals
    on
        themes.period_month = churn_totals.period_month
        and themes.theme = churn_totals.theme
