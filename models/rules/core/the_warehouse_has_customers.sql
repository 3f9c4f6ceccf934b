-- Grain: one row where the rule is broken: nothing was delivered that has a customer.
with customers as (
    select count(*) as customers
    from {{ ref('dim_customers') }}
)

select
    'No source that company.yml names delivered a customer' as message,
    customers
from customers
where customers = 0
