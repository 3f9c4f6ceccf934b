-- Grain: one row per plan number and segment it is in: that of its plan, and that of its product.
with plans as (
    select * from {{ ref('int_waterfall__plan_numbers') }}
),

segments as (
    select
        plan_number,
        'plan' as segment_type,
        plan_name as segment_value
    from plans

    union all

    select
        plan_number,
        'product' as segment_type,
        product_id as segment_value
    from plans
)

select
    plan_number,
    segment_type,
    segment_value,
    cast(dense_rank() over (order by segment_type, segment_value) as integer) as segment_number
from segments
