-- Grain: one row per customer that breaks the rule. Over all months it is reported with the revenue
-- that is known of it, whatever was learnt late.
with reported as (
    select
        customer_id,
        net_revenue as amount
    from {{ ref('fct_revenue_reported') }}

    union all

    select
        customer_id,
        -amount as amount
    from {{ ref('fct_revenue_recognition') }}
    where recognition_month <= {{ as_of_month() }}
)

select
    customer_id,
    {{ money_sum('amount') }} as difference
from reported
group by customer_id
having {{ money_sum('amount') }} <> 0
