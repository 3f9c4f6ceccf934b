-- metrics.md 9: the total is its customers, in money and in number; a month without any is 0.
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
    total.period_month is null
    or coalesce(customers.opening_mrr, 0) <> total.opening_mrr
    or coalesce(customers.closing_mrr, 0) <> total.closing_mrr
    or coalesce(customers.fx_mrr, 0) <> total.fx_mrr
    or coalesce(customers.closing_customers, 0) <> total.closing_customers
