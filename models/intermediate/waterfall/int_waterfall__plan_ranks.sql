-- Grain: one row per plan and product that an item was ever on, with its place in the order of
-- their names, and those of its two names. Numbers are kept from run to run; places shift.
select
    plan_number,
    row_number() over (order by plan_name, product_id) as plan_place,
    dense_rank() over (order by plan_name) as name_place,
    dense_rank() over (order by product_id) as product_place
from {{ ref('int_waterfall__plan_numbers') }}
