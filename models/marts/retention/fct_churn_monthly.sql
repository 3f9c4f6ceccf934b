-- Grain: one row per month and segment.
-- DECISIONS.md#churned_customers
-- DECISIONS.md#what-min_n-hides
with outcomes as (
    select * from {{ ref('int_retention__month_outcomes') }}
),

outcomes_by_segment as (
    {{ in_segments('outcomes', month_column='segment_month') }}
),

totals as (
    select
        period_month,
        segment_type,
        segment_value,
        is_partial,
        {{ count_where('is_starting') }} as starting_customers,
        {{ count_where('is_churned') }} as churned_customers,
        {{ count_where("is_churned and churn_class = 'voluntary'") }}
            as voluntary_customers,
        {{ count_where("is_churned and churn_class = 'involuntary'") }}
            as involuntary_customers,
        {{ count_where("is_churned and churn_class = 'unknown'") }}
            as unknown_customers,
        {{ count_where("is_churned and churn_class = 'paused'") }}
            as paused_customers,
        {{ count_where('is_joined_and_left') }} as churned_in_period_new,
        {{ money_sum('starting_mrr') }} as mrr_at_start,
        -- Both ends at the rates of the start, so that no later rate moves what was published.
        {{ money_sum('least(starting_mrr, ending_mrr_at_start_rates)') }} as mrr_kept,
        {{ money_sum('case when is_starting then ending_mrr_at_start_rates else 0 end') }}
            as mrr_at_end
    from outcomes_by_segment
    group by
        period_month,
        segment_type,
        segment_value,
        is_partial
),

rates as (
    select
        *,
        {{ count_rate_with_bounds(
            'churned_customers', 'starting_customers', 'customer_churn_rate'
        ) }},
        {{ ratio('mrr_at_start - mrr_kept', 'mrr_at_start') }} as gross_mrr_churn_rate,
        {{ ratio('mrr_at_start - mrr_at_end', 'mrr_at_start') }} as net_mrr_churn_rate,
        {{ ratio('mrr_kept', 'mrr_at_start') }} as grr,
        {{ ratio('mrr_at_end', 'mrr_at_start') }} as nrr
    from totals
)

select
    period_month,
    segment_type,
    segment_value,
    {{ is_total_row(['segment_type']) }} as is_total,
    starting_customers,
    churned_customers,
    voluntary_customers,
    involuntary_customers,
    unknown_customers,
    paused_customers,
    churned_in_period_new,
    case when not is_partial then customer_churn_rate end as customer_churn_rate,
    case when not is_partial then customer_churn_rate_low end as customer_churn_rate_low,
    case when not is_partial then customer_churn_rate_high end as customer_churn_rate_high,
    case when not is_partial then 1 - power(1 - customer_churn_rate, 12) end
        as annualised_customer_churn_rate,
    mrr_at_start as starting_mrr,
    case when not is_partial then gross_mrr_churn_rate end as gross_mrr_churn_rate,
    case when not is_partial then net_mrr_churn_rate end as net_mrr_churn_rate,
    case when not is_partial then grr end as grr,
    case when not is_partial then nrr end as nrr,
    is_partial
from rates
