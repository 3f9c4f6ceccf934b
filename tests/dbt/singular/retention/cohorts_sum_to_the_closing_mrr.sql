-- The running sums of movements must arrive at the customers' own balances, currency included.
with cohorts as (
    select
        {{ add_months('cohort_month', 'months_since') }} as period_month,
        sum(mrr) as mrr,
        sum(active_customers) as customers
    from {{ ref('fct_cohort_retention') }}
    where segment_type = 'all' and mrr is not null
    group by {{ add_months('cohort_month', 'months_since') }}
),

customers as (
    select
        period_month,
        sum(closing_mrr) as mrr,
        count(case when closing_mrr > 0 then 1 end) as customers
    from {{ ref('fct_customer_mrr_monthly') }}
    where not is_partial
    group by period_month
)

select
    customers.period_month,
    cohorts.mrr,
    customers.mrr as expected_mrr,
    cohorts.customers,
    customers.customers as expected_customers
from customers
left join cohorts
    on customers.period_month = cohorts.period_month
where
    cohorts.period_month is null
    or cohorts.mrr <> customers.mrr
    or cohorts.customers <> customers.customers
