-- Grain: one row per complete month that breaks the rule: its cohorts are not its customers.
-- The running sums of movements must arrive at the customers' own balances, currency included.
with cohorts as (
    select
        {{ add_months('cohort_month', 'months_since') }} as period_month,
        sum(mrr) as mrr,
        sum(active_customers) as customers
    from {{ ref('fct_cohort_retention') }}
    where
        segment_type = 'all'
        and mrr is not null
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
),

-- A month after the last customer left has cohorts and no customers.
joined as (
    select
        coalesce(cohorts.period_month, customers.period_month) as period_month,
        cohorts.mrr as cohort_mrr,
        cohorts.customers as cohort_customers,
        case when customers.period_month is null then 0 else customers.mrr end as customer_mrr,
        coalesce(customers.customers, 0) as customers
    from cohorts
    full outer join customers on cohorts.period_month = customers.period_month
)

select
    {{ told('period_month') }}
    || ': the cohorts have MRR '
    || {{ told('cohort_mrr') }}
    || ' of '
    || {{ told('cohort_customers') }}
    || ' customers, the customers'' months '
    || {{ told('customer_mrr') }}
    || ' of '
    || {{ told('customers') }} as message,
    period_month
from joined
where
    cohort_mrr is distinct from customer_mrr
    or cohort_customers is distinct from customers
