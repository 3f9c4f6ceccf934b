{{ config(materialized='table') }}

-- Grain: one row per customer, feature and month in which its use of the feature was counted.
-- Its line is that of the month's first day with an event. A line tells one day of one id.
with product_usage as (
    select * from {{ ref('stg_product_usage') }}
    where used_on <= {{ as_of_date() }}
),

usage_totals as (
    select
        source_name,
        customer_reference,
        feature,
        {{ month_start('used_on') }} as period_month,
        cast(sum(events) as bigint) as month_events,
        min(case when events > 0 then used_on end) as first_use_on,
        min(used_on) as first_count_on,
        max(recorded_at) as last_recorded_at,
        min_by(source_file, case when events > 0 then used_on end) as first_source_file,
        min_by(source_line, case when events > 0 then used_on end) as first_source_line
    from product_usage
    group by
        source_name,
        customer_reference,
        feature,
        {{ month_start('used_on') }}
),

resolved as (
    select
        {{ customer_of_keys(by_email=false) }} as customer_id,
        usage_totals.feature,
        usage_totals.period_month,
        usage_totals.month_events,
        usage_totals.first_use_on,
        usage_totals.first_count_on,
        usage_totals.last_recorded_at,
        usage_totals.source_name,
        usage_totals.first_source_file,
        usage_totals.first_source_line,
        cast(usage_totals.first_use_on as {{ dbt.type_string() }}) || usage_totals.source_name
        || ':' || usage_totals.customer_reference as first_use_key
    from usage_totals
    {{ join_customer_keys('usage_totals', 'usage_totals.customer_reference') }}
)

select
    customer_id,
    feature,
    period_month,
    cast(sum(month_events) as bigint) as events,
    min(first_use_on) as first_used_on,
    min(first_count_on) as first_counted_on,
    max(last_recorded_at) as last_delivered_at,
    ---------- lineage
    min_by(source_name, first_use_key) as source_name,
    min_by(first_source_file, first_use_key) as source_file,
    min_by(first_source_line, first_use_key) as source_line
from resolved
where customer_id is not null
group by
    customer_id,
    feature,
    period_month
