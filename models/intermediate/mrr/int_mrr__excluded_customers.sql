-- Grain: one row per customer whose subscriptions are not revenue: tests and our own accounts.
select customer_id
from {{ ref('stg_customers') }}
where
    is_test
    or is_internal
