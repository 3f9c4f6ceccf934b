-- Grain: one row per month and theme that breaks the rule: it counts other answers, or other MRR of
-- who left, than were said of it.
with themes as (
    select * from {{ ref('fct_feedback_themes_monthly') }}
),

said as (
    select
        period_month,
        theme,
        count(case when said_as = 'answer' then 1 end) as answers,
        {{ money_sum("case when said_as = 'churn' then mrr else 0 end") }} as churned_mrr
    from {{ ref('fct_feedback_themes') }}
    group by
        period_month,
        theme
)

select
    {{ told('coalesce(themes.period_month, said.period_month)') }}
    || ', ' || {{ told('coalesce(themes.theme, said.theme)') }}
    || ': ' || {{ told('themes.answers') }}
    || ' answers and ' || {{ told('themes.churned_mrr') }}
    || ' lost; said were ' || {{ told('said.answers') }}
    || ' and ' || {{ told('said.churned_mrr') }} as message,
    coalesce(themes.period_month, said.period_month) as period_month,
    coalesce(themes.theme, said.theme) as theme
from themes
full outer join said
    on
        themes.period_month = said.period_month
        and themes.theme = said.theme
where
    themes.answers is distinct from said.answers
    or themes.churned_mrr is distinct from said.churned_mrr
