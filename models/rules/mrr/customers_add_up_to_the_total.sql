-- Grain: one row per month that breaks the rule: its customers add up to something else than the
-- company, in money or in number. A month without any customer is 0.
with customer_months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

customers as (
    select
        period_month,
        {{ waterfall_sums() }}
    from customer_months
    group by period_month
),

total as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
)

select
    cast(coalesce(total.period_month, customers.period_month) as {{ dbt.type_string() }})
    || ': customers close with '
    || {{ told('customers.closing_mrr') }}
    || ' and are '
    || {{ told('customers.closing_customers') }}
    || ', the company closes with '
    || {{ told('total.closing_mrr') }}
    || ' and has ' || {{ told('total.closing_customers') }}
    || '; where these agree, another amount or number of the month does not' as message,
    coalesce(total.period_month, customers.period_month) as period_month,
    customers.opening_mrr as opening_mrr_of_customers,
    total.opening_mrr,
    customers.closing_mrr as closing_mrr_of_customers,
    total.closing_mrr
from total
full outer join customers on total.period_month = customers.period_month
where
    coalesce(customers.opening_mrr, 0) is distinct from total.opening_mrr
    or coalesce(customers.new_mrr, 0) is distinct from total.new_mrr
    or coalesce(customers.expansion_mrr, 0) is distinct from total.expansion_mrr
    or coalesce(customers.contraction_mrr, 0) is distinct from total.contraction_mrr
    or coalesce(customers.churned_mrr, 0) is distinct from total.churned_mrr
    or coalesce(customers.reactivation_mrr, 0) is distinct from total.reactivation_mrr
    or coalesce(customers.fx_mrr, 0) is distinct from total.fx_mrr
    or coalesce(customers.closing_mrr, 0) is distinct from total.closing_mrr
    or coalesce(customers.committed_mrr, 0) is distinct from total.committed_mrr
    or coalesce(customers.opening_customers, 0) is distinct from total.opening_customers
    or coalesce(customers.new_customers, 0) is distinct from total.new_customers
    or coalesce(customers.churned_customers, 0) is distinct from total.churned_customers
    or coalesce(customers.reactivated_customers, 0) is distinct from total.reactivated_customers
    or coalesce(customers.closing_customers, 0) is distinct from total.closing_customers
