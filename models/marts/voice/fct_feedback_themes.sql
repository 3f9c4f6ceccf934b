-- Grain: one row per answer to an NPS survey, or churn with a reason, and theme that it is of.
-- DECISIONS.md#themes
with answers as (
    select * from {{ ref('int_voice__answer_themes') }}
),

balances as (
    select
        customer_id,
        period_month,
        closing_mrr
    from {{ ref('fct_customer_mrr_monthly') }}
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
        churns.*,
        coalesce(
            worded_churns.theme,
            case
                when churns.feedback not like '% %' and churns.feedback not like '%@%'
                    then {{ theme_of_label('churns.feedback') }}
            end
        ) as theme
    from churns
    left join worded_churns on churns.movement_id = worded_churns.movement_id
)

select
    'answer' as said_as,
    answers.response_id as said_id,
    answers.theme,
    answers.customer_id,
    answers.period_month,
    answers.responded_on as said_on,
    answers.category,
    case
        when answers.customer_id is not null
            then coalesce(balances.closing_mrr, cast(0 as {{ type_money() }}))
    end as mrr,
    answers.source_name,
    answers.source_file,
    answers.source_line
from answers
left join balances
    on
        answers.customer_id = balances.customer_id
        and answers.period_month = balances.period_month

union all

select
    'churn' as said_as,
    movement_id as said_id,
    theme,
    customer_id,
    period_month,
    churned_on as said_on,
    cast(null as {{ dbt.type_string() }}) as category,
    mrr_lost as mrr,
    source_name,
    source_file,
    source_line
from churn_themes
where theme <> ''
