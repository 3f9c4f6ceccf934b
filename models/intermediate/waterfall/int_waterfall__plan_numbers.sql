{{ config(materialized='kept', by='number') }}

-- Grain: one row per plan and product that an item was ever on, with the small number of the pair.
-- A number is given once and kept.
with plans as (
    select distinct
        coalesce(plan_name, 'unknown') as plan_name,
        coalesce(product_id, 'unknown') as product_id
    from {{ ref('int_terms__item_versions') }}
    where {{ is_affected_customer() }}
)

select
    plan_name,
    product_id,
    {{ next_number('plan_number', 'plan_name, product_id') }} as plan_number
from plans
where {{ has_no_number('plan_name, product_id') }}
