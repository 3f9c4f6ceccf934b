-- Grain: one row per cohort month and segment as of acquisition.
with cohorts as (
    select * from {{ ref('int_retention__cohorts') }}
),

segments as (
    select * from {{ ref('int_retention__acquisition_segments') }}
)

select
    cohorts.cohort_month,
    segments.segment_type,
    segments.segment_value,
    cast(count(*) as bigint) as cohort_customers,
    {{ money_sum('cohorts.cohort_mrr') }} as cohort_mrr
from cohorts
inner join segments
    on cohorts.customer_id = segments.customer_id
group by
    cohorts.cohort_month,
    segments.segment_type,
    segments.segment_value
