-- Grain: one row per month and segment.
with outcomes as (
    select * from {{ ref('int_retention__month_outcomes') }}
),

segments as (
    select * from {{ ref('int_retention__customer_segments') }}
),

totals as (
    select
        outcomes.period_month,
        segments.segment_type,
        segments.segment_value,
        outcomes.is_partial,
        {{ count_where('outcomes.is_starting') }} as starting_customers,
        {{ count_where('outcomes.is_churned') }} as churned_customers,
        {{ count_where("outcomes.is_churned and outcomes.churn_class = 'voluntary'") }}
            as voluntary_customers,
        {{ count_where("outcomes.is_churned and outcomes.churn_class = 'involuntary'") }}
            as involuntary_customers,
        {{ count_where("outcomes.is_churned and outcomes.churn_class = 'unknown'") }}
            as unknown_customers,
        {{ count_where('outcomes.is_joined_and_left') }} as churned_in_period_new,
        {{ money_sum('outcomes.starting_mrr') }} as starting_mrr,
        {{ money_sum('outcomes.starting_mrr_constant') }} as starting_mrr_constant,
        {{ money_sum('least(outcomes.starting_mrr_constant, outcomes.ending_mrr_constant)') }}
            as kept_mrr_constant,
        {{ money_sum('case when outcomes.is_starting then outcomes.ending_mrr_constant else 0 end') }}
            as ending_mrr_constant
    from outcomes
    inner join segments
        on outcomes.customer_id = segments.customer_id
        and outcomes.segment_month = segments.period_month
    group by
        outcomes.period_month,
        segments.segment_type,
        segments.segment_value,
        outcomes.is_partial
),

rates as (
    select
        *,
        {{ count_rate('churned_customers', 'starting_customers') }} as customer_churn_rate,
        {{ wilson_bound('churned_customers', 'starting_customers', 'low') }}
            as customer_churn_rate_low,
        {{ wilson_bound('churned_customers', 'starting_customers', 'high') }}
            as customer_churn_rate_high,
        {{ ratio('starting_mrr_constant - kept_mrr_constant', 'starting_mrr_constant') }}
            as gross_mrr_churn_rate,
        {{ ratio('starting_mrr_constant - ending_mrr_constant', 'starting_mrr_constant') }}
            as net_mrr_churn_rate,
        {{ ratio('kept_mrr_constant', 'starting_mrr_constant') }} as grr,
        {{ ratio('ending_mrr_constant', 'starting_mrr_constant') }} as nrr
    from totals
)

select
    period_month,
    segment_type,
    segment_value,
    starting_customers,
    churned_customers,
    voluntary_customers,
    involuntary_customers,
    unknown_customers,
    churned_in_period_new,
    case when not is_partial then customer_churn_rate end as customer_churn_rate,
    case when not is_partial then customer_churn_rate_low end as customer_churn_rate_low,
    case when not is_partial then customer_churn_rate_high end as customer_churn_rate_high,
    case when not is_partial then 1 - power(1 - customer_churn_rate, 12) end
        as annualised_customer_churn_rate,
    starting_mrr,
    starting_mrr_constant,
    case when not is_partial then gross_mrr_churn_rate end as gross_mrr_churn_rate,
    case when not is_partial then net_mrr_churn_rate end as net_mrr_churn_rate,
    case when not is_partial then grr end as grr,
    case when not is_partial then nrr end as nrr,
    is_partial
from rates
