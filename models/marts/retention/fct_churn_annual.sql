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
        {{ money_sum('starting_mrr') }} as mrr_at_start,
        {{ money_sum('least(starting_mrr, ending_mrr_at_start_rates)') }} as mrr_kept,
        {{ money_sum('ending_mrr_at_start_rates') }} as mrr_at_end
    from outcomes_by_segment
    group by
        period_month,
        segment_type,
        segment_value
),

bands as (
    select * from {{ ref('int_retention__benchmark_bands') }}
    where metric = 'annual_customer_churn_rate'
),

rates as (
    select
        *,
        {{ count_rate_with_bounds(
            'churned_customers', 'starting_customers', 'customer_churn_rate'
        ) }},
        {{ count_rate('starting_customers - churned_customers', 'starting_customers') }}
            as retention_rate
    from totals
)

select
    rates.period_month,
    rates.segment_type,
    rates.segment_value,
    {{ is_total_row(['rates.segment_type']) }} as is_total,
    rates.starting_customers,
    rates.churned_customers,
    rates.customer_churn_rate,
    rates.customer_churn_rate_low,
    rates.customer_churn_rate_high,
    rates.retention_rate,
    bands.band as benchmark_band,
    bands.source as benchmark_source,
    rates.mrr_at_start as starting_mrr,
    {{ ratio('rates.mrr_kept', 'rates.mrr_at_start') }} as grr,
    {{ ratio('rates.mrr_at_end', 'rates.mrr_at_start') }} as nrr
from rates
left join bands
    on
        rates.segment_type = 'sales_model'
        and rates.segment_value = bands.population
        and rates.customer_churn_rate >= bands.from_rate
        and (bands.below_rate is null or rates.customer_churn_rate < bands.below_rate)
