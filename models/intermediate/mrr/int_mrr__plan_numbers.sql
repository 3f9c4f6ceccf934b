-- Grain: one row per plan and product that an item was ever on, with the small number of the pair.
with plans as (
    select distinct
        coalesce(plan_name, 'unknown') as plan_name,
        coalesce(product_id, 'unknown') as product_id
    from {{ ref('int_mrr__item_versions') }}
)

select
    plan_name,
    product_id,
    cast(row_number() over (order by plan_name, product_id) as integer) as plan_number
from plans
