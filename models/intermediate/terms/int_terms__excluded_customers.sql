-- Grain: one row per customer whose subscriptions are not revenue: tests and our own accounts.
-- DECISIONS.md#test-and-internal-customers
select customer_id
from {{ ref('stg_customers') }}
where
    is_test
    or is_internal
