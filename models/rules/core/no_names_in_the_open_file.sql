-- Grain: one row per customer that breaks the rule: it has its name in the open file, without
-- publish_customer_names. The message says whose, never which.
with customers as (
    select * from {{ ref('dim_customers') }}
)

select
    customer_id || ': has its name, and publish_customer_names is false' as message,
    customer_id
from customers
where
    name is not null
    and {{ 'false' if policy('publish_customer_names') else 'true' }}
