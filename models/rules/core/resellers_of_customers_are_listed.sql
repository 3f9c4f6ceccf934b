-- Grain: one row per customer that breaks the rule: dim_resellers lacks the reseller that it came
-- through.
with customers as (
    select * from {{ ref('dim_customers') }}
),

resellers as (
    select * from {{ ref('dim_resellers') }}
)

select
    customers.customer_id || ': came through a reseller that is not in dim_resellers' as message,
    customers.customer_id,
    customers.reseller_id
from customers
left join resellers on customers.reseller_id = resellers.reseller_id
where
    customers.reseller_id is not null
    and resellers.reseller_id is null
