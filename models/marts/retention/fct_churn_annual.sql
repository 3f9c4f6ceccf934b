-- Grain: one row per segment and last month of a rolling window of twelve months.
with outcomes as (
    select * from {{ ref('int_retention__year_outcomes') }}
),

outcomes_by_segment as (
    {{ in_segments('outcomes', month_column='segment_month') }}
),

totals as (
    select
        period_month,
        segment_type,
        segment_value,
        cast(count(*) as bigint) as starting_customers,
        {{ count_where('is_churned') }} as churned_customers,
        {{ money_sum('starting_mrr_constant') }} as constant_mrr_at_start,
        {{ money_sum('least(starting_mrr_constant, ending_mrr_constant)') }}
            as constant_mrr_kept,
        {{ money_sum('ending_mrr_constant') }} as constant_mrr_at_end
    from outcomes_by_segment
    group by
        period_month,
        segment_type,
        segment_value
)

select
    period_month,
    segment_type,
    segment_value,
    starting_customers,
    churned_customers,
    {{ count_rate('churned_customers', 'starting_customers') }} as customer_churn_rate,
    {{ wilson_bound('churned_customers', 'starting_customers', 'low') }} as customer_churn_rate_low,
    {{ wilson_bound('churned_customers', 'starting_customers', 'high') }}
        as customer_churn_rate_high,
    {{ count_rate('starting_customers - churned_customers', 'starting_customers') }}
        as retention_rate,
    constant_mrr_at_start as starting_mrr_constant,
    {{ ratio('constant_mrr_kept', 'constant_mrr_at_start') }} as grr,
    {{ ratio('constant_mrr_at_end', 'constant_mrr_at_start') }} as nrr
from totals
