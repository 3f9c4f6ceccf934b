-- Grain: one row per segment and last month of a rolling window of twelve months.
with outcomes as (
    select * from {{ ref('int_retention__year_outcomes') }}
),

segments as (
    select * from {{ ref('int_retention__customer_segments') }}
),

totals as (
    select
        outcomes.period_month,
        segments.segment_type,
        segments.segment_value,
        cast(count(*) as bigint) as starting_customers,
        {{ count_where('outcomes.is_churned') }} as churned_customers,
        {{ money_sum('outcomes.starting_mrr_constant') }} as starting_mrr_constant,
        {{ money_sum('least(outcomes.starting_mrr_constant, outcomes.ending_mrr_constant)') }}
            as kept_mrr_constant,
        {{ money_sum('outcomes.ending_mrr_constant') }} as ending_mrr_constant
    from outcomes
    inner join segments
        on outcomes.customer_id = segments.customer_id
        and outcomes.segment_month = segments.period_month
    group by
        outcomes.period_month,
        segments.segment_type,
        segments.segment_value
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
    starting_mrr_constant,
    {{ ratio('kept_mrr_constant', 'starting_mrr_constant') }} as grr,
    {{ ratio('ending_mrr_constant', 'starting_mrr_constant') }} as nrr
from totals
