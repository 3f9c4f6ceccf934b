-- Grain: one row per closed month and customer that breaks the rule. What is said to have moved its
-- closing MRR is what it moved by.
with reported as (
    select
        period_month,
        customer_id,
        -closing_mrr as amount
    from {{ ref('fct_mrr_reported') }}
    where is_closed

    union all

    select
        months.period_month,
        months.customer_id,
        months.closing_mrr as amount
    from {{ ref('fct_customer_mrr_monthly') }} as months
    inner join {{ ref('stg_reported_bases') }} as bases
        on
            months.period_month = bases.period_month
            and bases.kind = 'close'

    union all

    select
        period_month,
        customer_id,
        -difference as amount
    from {{ ref('fct_mrr_restatements') }}
    where column_name = 'closing_mrr'
)

select
    period_month,
    customer_id,
    {{ money_sum('amount') }} as difference
from reported
group by
    period_month,
    customer_id
having {{ money_sum('amount') }} <> 0
