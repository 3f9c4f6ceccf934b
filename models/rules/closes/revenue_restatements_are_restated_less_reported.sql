-- Grain: one row per closed month and customer that breaks the rule. What is said to have moved its
-- revenue is what it moved by.
with closes as (
    select * from {{ ref('stg_reported_bases') }}
    where kind = 'close'
),

amounts as (
    select
        period_month,
        customer_id,
        -net_revenue as amount
    from {{ ref('fct_revenue_reported') }}
    where is_closed

    union all

    select
        revenue.recognition_month as period_month,
        revenue.customer_id,
        revenue.amount
    from {{ ref('fct_revenue_recognition') }} as revenue
    inner join closes on revenue.recognition_month = closes.period_month

    union all

    select
        period_month,
        customer_id,
        -difference as amount
    from {{ ref('fct_revenue_restatements') }}
)

select
    period_month,
    customer_id,
    {{ money_sum('amount') }} as difference
from amounts
group by
    period_month,
    customer_id
having {{ money_sum('amount') }} <> 0
