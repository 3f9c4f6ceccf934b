-- Grain: one row per month and theme of what customers said.
-- DECISIONS.md#themes
with answer_themes as (
    select * from {{ ref('int_voice__answer_themes') }}
),

churns as (
    select * from {{ ref('fct_churn_events') }}
    where
        feedback is not null
        and not is_short_pause
),

theme_words as (
    {{ theme_words() }}
),

worded_churns as (
    select distinct
        churns.movement_id,
        theme_words.theme
    from churns
    inner join theme_words
        on {{ has_word("replace(churns.feedback, '_', ' ')", 'theme_words') }}
),

-- A code of the billing system is a theme by itself. What somebody typed has blanks, and is none.
churn_themes as (
    select
        churns.movement_id,
        churns.period_month,
        churns.customer_id,
        churns.mrr_lost,
        coalesce(
            worded_churns.theme,
            case
                when churns.feedback not like '% %' and churns.feedback not like '%@%'
                    then {{ theme_of_label('churns.feedback') }}
            end
        ) as theme
    from churns
    left join worded_churns on churns.movement_id = worded_churns.movement_id
),

churn_totals as (
    select
        period_month,
        theme,
        cast(count(distinct customer_id) as bigint) as churned_customers,
        {{ money_sum('mrr_lost') }} as churned_mrr
    from churn_themes
    where theme <> ''
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
    from answer_themes
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
        max(case when category = 'detractor' then 1 else 0 end) as is_detractor
    from answer_themes
    where customer_id is not null
    group by
        period_month,
        theme,
        customer_id
),

balances as (
    select
        customer_id,
        period_month,
        closing_mrr
    from {{ ref('fct_customer_mrr_monthly') }}
),

money as (
    select
        speakers.period_month,
        speakers.theme,
        cast(count(*) as bigint) as customers,
        {{ money_sum('coalesce(balances.closing_mrr, 0)') }} as mrr,
        {{ money_sum(
            'case when speakers.is_detractor = 1 then coalesce(balances.closing_mrr, 0) else 0 end'
        ) }} as detractors_mrr
    from speakers
    left join balances
        on
            speakers.customer_id = balances.customer_id
            and speakers.period_month = balances.period_month
    group by
        speakers.period_month,
        speakers.theme
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
