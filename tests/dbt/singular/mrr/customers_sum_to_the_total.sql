-- metrics.md 9: the total is its customers, in money and in number.
with customers as (
    select
        period_month,
        sum(opening_mrr) as opening_mrr,
        sum(closing_mrr) as closing_mrr,
        sum(fx_mrr) as fx_mrr,
        sum(case when closing_mrr > 0 then 1 else 0 end) as closing_customers
    from {{ ref('fct_customer_mrr_monthly') }}
    group by period_month
),

total as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
)

select
    coalesce(customers.period_month, total.period_month) as period_month,
    customers.closing_mrr as closing_mrr_of_customers,
    total.closing_mrr as closing_mrr_of_total
from customers
full outer join total on customers.period_month = total.period_month
where
    customers.period_month is null
    or total.period_month is null
    or customers.opening_mrr <> total.opening_mrr
    or customers.closing_mrr <> total.closing_mrr
    or customers.fx_mrr <> total.fx_mrr
    or customers.closing_customers <> total.closing_customers
