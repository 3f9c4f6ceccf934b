{{ config(materialized='table') }}

-- Grain: one row per customer and type of segment that never changes, those aside that come with
-- the first MRR for a customer that never had any.
with segments as (
    select * from {{ ref('int_waterfall__customer_segments') }}
)

select
    customer_id,
    'all' as segment_type,
    'all' as segment_value
from segments
{%- for segment_type in fixed_segment_types() %}
    union all
    select
        customer_id,
        '{{ segment_type }}' as segment_type,
        {{ segment_type }} as segment_value
    from segments
    where {{ segment_type }} is not null
{%- endfor %}
