-- Grain: one row per customer and complete period that breaks the rule: beside its usage it has
-- another MRR than retention has of it.
with customers as (
    select * from {{ ref('fct_retention_customers') }}
    where not is_partial
),

usage as (
    select * from {{ ref('fct_usage_retention_customers') }}
)

select
    {{ told('customers.customer_id') }}
    || ', ' || {{ told('customers.period_month') }}
    || ', ' || {{ told('customers.period_months') }}
    || ' months: from ' || {{ told('customers.starting_mrr') }}
    || ' to ' || {{ told('customers.ending_mrr') }}
    || '; with usage from ' || {{ told('usage.starting_mrr') }}
    || ' to ' || {{ told('usage.ending_mrr') }} as message,
    customers.customer_id,
    customers.period_month
from customers
left join usage
    on
        customers.customer_id = usage.customer_id
        and customers.period_month = usage.period_month
        and customers.period_months = usage.period_months
where
    usage.starting_mrr is distinct from customers.starting_mrr
    or usage.ending_mrr is distinct from customers.ending_mrr
