-- Grain: one row per month and segment.
with revenue as (
    select * from {{ ref('int_finance__revenue_months') }}
),

sums as (
    select
        recognition_month as period_month,
        segment_type,
        segment_value,
        {{ class_sum(earning_classes()) }} as gross_revenue,
        {{ class_sum(['credit_note']) }} as credit_notes,
        {{ class_sum(['refund']) }} as refunds,
        {{ class_sum(['void']) }} as voids,
        {{ class_sum(['bad_debt']) }} as bad_debt,
        {{ class_sum(['dispute']) }} as disputes,
        {{ money_sum('amount') }} as net_revenue,
        {{ kind_sum('recurring') }} as recurring_revenue,
        {{ kind_sum('usage') }} as usage_revenue,
        {{ kind_sum('one_time') }} as one_time_revenue,
        cast(
            count(
                distinct case when {{ is_earning('revenue_class') }} then customer_id end
            ) as bigint
        ) as customers
    from revenue
    group by
        recognition_month,
        segment_type,
        segment_value
)

select
    sums.*,
    {{ is_total_row(['segment_type']) }} as is_total,
    period_month >= {{ as_of_month() }} as is_partial
from sums
