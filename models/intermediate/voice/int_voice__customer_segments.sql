-- Grain: one row per customer and type of segment that never changes, whether it ever paid or not.
with customer_segments as (
    select * from {{ ref('int_growth__customer_segments') }}
),

fixed_segments as (
    select * from {{ ref('int_retention__fixed_segments') }}
)

select
    customer_id,
    segment_type,
    segment_value
from customer_segments
union all
-- These two come with the first MRR: a customer without any has none.
select
    customer_id,
    segment_type,
    segment_value
from fixed_segments
where segment_type in ('cohort_year', 'size_band')
