-- Grain: one row per customer that breaks the rule: it shows another account than it is linked to.
with customers as (
    select * from {{ ref('dim_customers') }}
),

links as (
    select * from {{ ref('fct_identity_links') }}
)

select
    {{ told('customers.customer_id') }} || ' shows the account '
    || {{ told('customers.crm_account_id') }}
    || ' and is linked to ' || {{ told('links.crm_account_id') }} as message,
    customers.customer_id,
    customers.crm_account_id,
    links.crm_account_id as linked_account_id
from customers
left join links on customers.customer_id = links.customer_id
where customers.crm_account_id is distinct from links.crm_account_id
