-- Grain: one row per month that breaks the rule: churn starts from other customers or MRR than the
-- month opened with, by the company's month or by its customers'.
with churn as (
    select * from {{ ref('fct_churn_monthly') }}
    where segment_type = 'all'
),

months as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
),

customers as (
    select
        period_month,
        count(case when opening_mrr > 0 then 1 end) as opening_customers,
        sum(opening_mrr) as opening_mrr
    from {{ ref('fct_customer_mrr_monthly') }}
    group by period_month
),

joined as (
    select
        coalesce(churn.period_month, customers.period_month) as period_month,
        churn.starting_customers,
        churn.starting_mrr,
        customers.opening_customers,
        customers.opening_mrr
    from churn
    full outer join customers on churn.period_month = customers.period_month
)

select
    {{ told('joined.period_month') }}
    || ': churn starts from '
    || {{ told('joined.starting_customers') }}
    || ' customers with MRR '
    || {{ told('joined.starting_mrr') }}
    || ', the customers'' months from '
    || {{ told('joined.opening_customers') }}
    || ' with '
    || {{ told('joined.opening_mrr') }}
    || ', the company''s month from '
    || {{ told('months.opening_customers') }}
    || ' with '
    || {{ told('months.opening_mrr') }} as message,
    joined.period_month
from joined
left join months on joined.period_month = months.period_month
where
    joined.starting_customers is distinct from joined.opening_customers
    or joined.starting_mrr is distinct from joined.opening_mrr
    or joined.starting_customers is distinct from months.opening_customers
    or joined.starting_mrr is distinct from months.opening_mrr
