-- Grain: one row per customer that ever had MRR and segment type, as of acquisition.
with cohorts as (
    select * from {{ ref('int_retention__cohorts') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
)

select customer_id, 'all' as segment_type, 'all' as segment_value
from cohorts
