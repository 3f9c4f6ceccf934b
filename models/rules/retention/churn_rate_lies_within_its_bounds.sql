-- Grain: one row per month and segment that breaks the rule: its churn rate lies outside its
-- bounds, or is not churned / starting customers.
with churn as (
    select * from {{ ref('fct_churn_monthly') }}
)

select
    {{ told_segment('period_month') }}
    || ': '
    || {{ told('churned_customers') }}
    || ' of '
    || {{ told('starting_customers') }}
    || ' customers churned, rate '
    || {{ told('customer_churn_rate') }}
    || ' between '
    || {{ told('customer_churn_rate_low') }}
    || ' and '
    || {{ told('customer_churn_rate_high') }} as message,
    period_month,
    segment_type,
    segment_value
from churn
where
    customer_churn_rate < customer_churn_rate_low - 1e-9
    or customer_churn_rate > customer_churn_rate_high + 1e-9
    or (customer_churn_rate is null) <> (customer_churn_rate_low is null)
    or (customer_churn_rate is null) <> (customer_churn_rate_high is null)
    or (
        customer_churn_rate is not null
        and coalesce(
            abs(customer_churn_rate * starting_customers - churned_customers) > 1e-6, true
        )
    )
