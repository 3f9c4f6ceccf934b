-- Grain: one row per customer that breaks the rule: its domain is an address. The message says
-- whose, never which.
with customers as (
    select * from {{ ref('dim_customers') }}
)

select
    customer_id || ': its e-mail domain is an address' as message,
    customer_id
from customers
where email_domain like '%@%'
