-- Grain: one row per customer that breaks the rule: it shows another account than it is linked to.
with customers as (
    select * from {{ ref('dim_customers') }}
),

links as (
    select * from {{ ref('fct_identity_links') }}
)

select
    coalesce(customers.customer_id, 'nothing') || ' shows the account '
    || coalesce(customers.crm_account_id, 'nothing')
    || ' and is linked to ' || coalesce(links.crm_account_id, 'nothing') as message,
    customers.customer_id,
    customers.crm_account_id,
    links.crm_account_id as linked_account_id
from customers
left join links on customers.customer_id = links.customer_id
where customers.crm_account_id is distinct from links.crm_account_id
