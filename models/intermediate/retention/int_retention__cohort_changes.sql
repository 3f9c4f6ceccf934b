-- Grain: one row per cohort month, segment as of acquisition and month with a change.
with events as (
    select * from {{ ref('int_retention__cohort_events') }}
),

cohorts as (
    select * from {{ ref('int_retention__cohorts') }}
),

segments as (
    select * from {{ ref('int_retention__acquisition_segments') }}
),

-- One row per customer and month first: the segments multiply the rows that they join.
customer_changes as (
    select
        customer_id,
        period_month,
        sum(mrr_delta) as mrr_delta,
        sum(active_delta) as active_delta,
        sum(unbroken_delta) as unbroken_delta
    from events
    group by
        customer_id,
        period_month
)

select
    cohorts.cohort_month,
    segments.segment_type,
    segments.segment_value,
    customer_changes.period_month,
    {{ money_sum('customer_changes.mrr_delta') }} as mrr_delta,
    cast(sum(customer_changes.active_delta) as bigint) as active_delta,
    cast(sum(customer_changes.unbroken_delta) as bigint) as unbroken_delta
from customer_changes
inner join cohorts
    on customer_changes.customer_id = cohorts.customer_id
inner join segments
    on customer_changes.customer_id = segments.customer_id
group by
    cohorts.cohort_month,
    segments.segment_type,
    segments.segment_value,
    customer_changes.period_month
