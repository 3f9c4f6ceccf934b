{{ config(materialized='kept', by='number') }}

-- Grain: one row per plan, product and billing interval that an item was ever on, with the small
-- number of the three.
-- A number is given once and kept.
with plans as (
    select distinct
        coalesce(plan_name, 'unknown') as plan_name,
        coalesce(product_id, 'unknown') as product_id,
        coalesce({{ billing_interval('interval_unit', 'interval_count') }}, 'unknown')
            as billing_interval
    from {{ ref('int_terms__item_versions') }}
    where {{ is_affected_customer() }}
)

select
    plan_name,
    product_id,
    billing_interval,
    {{ next_number('plan_number', 'plan_name, product_id, billing_interval') }} as plan_number
from plans
where {{ has_no_number('plan_name, product_id, billing_interval') }}
