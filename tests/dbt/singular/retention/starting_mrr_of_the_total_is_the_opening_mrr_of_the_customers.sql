with churn as (
    select
        period_month,
        starting_customers,
        starting_mrr
    from {{ ref('fct_churn_monthly') }}
    where segment_type = 'all'
),

customers as (
    select
        period_month,
        count(case when opening_mrr > 0 then 1 end) as starting_customers,
        sum(opening_mrr) as starting_mrr
    from {{ ref('fct_customer_mrr_monthly') }}
    group by period_month
)

select
    customers.period_month,
    churn.starting_customers,
    customers.starting_customers as expected_customers,
    churn.starting_mrr,
    customers.starting_mrr as expected_mrr
from customers
left join churn
    on customers.period_month = churn.period_month
where
    churn.period_month is null
    or churn.starting_customers <> customers.starting_customers
    or churn.starting_mrr <> customers.starting_mrr
