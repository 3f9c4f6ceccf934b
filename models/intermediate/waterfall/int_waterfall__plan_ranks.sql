-- Grain: one row per plan, product and billing interval that an item was ever on, with its rank in
-- the order of their names, and the ranks of plan and product. Numbers are kept from run to run;
-- ranks shift.
select
    plan_number,
    row_number() over (order by plan_name, product_id, billing_interval) as plan_rank,
    dense_rank() over (order by plan_name, product_id) as pair_rank,
    dense_rank() over (order by plan_name) as name_rank,
    dense_rank() over (order by product_id) as product_rank
from {{ ref('int_waterfall__plan_numbers') }}
