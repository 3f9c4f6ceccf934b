-- Grain: one row per customer and complete month at whose end it has MRR.
-- The category is that of the last NPS answer by then.
with customer_months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
    where closing_mrr > 0 and not is_partial
),

answers as (
    select * from {{ ref('int_voice__customer_last_answers') }}
),

answer_spans as (
    select
        customer_id,
        category,
        {{ month_start('responded_on') }} as first_month,
        lead({{ month_start('responded_on') }}) over (
            partition by customer_id
            order by responded_on
        ) as next_month
    from answers
)

select
    customer_months.customer_id,
    customer_months.period_month,
    customer_months.closing_mrr as mrr,
    coalesce(answer_spans.category, 'none') as category
from customer_months
left join answer_spans
    on
        customer_months.customer_id = answer_spans.customer_id
        and customer_months.period_month >= answer_spans.first_month
        and (
            answer_spans.next_month is null
            or customer_months.period_month < answer_spans.next_month
        )
