-- Grain: one row per month and segment that breaks the rule: its kinds of churn are not all of it,
-- or more customers left than there were.
with churn as (
    select * from {{ ref('fct_churn_monthly') }}
)

select
    {{ told_segment('period_month') }}
    || ': '
    || {{ told('voluntary_customers') }}
    || ' voluntary, '
    || {{ told('involuntary_customers') }}
    || ' involuntary, '
    || {{ told('unknown_customers') }}
    || ' unknown and '
    || {{ told('paused_customers') }}
    || ' paused are to be '
    || {{ told('churned_customers') }}
    || ' churned of '
    || {{ told('starting_customers') }}
    || ' customers' as message,
    period_month,
    segment_type,
    segment_value
from churn
where
    coalesce(churned_customers not between 0 and starting_customers, true)
    or churned_customers
    is distinct from voluntary_customers + involuntary_customers + unknown_customers
    + paused_customers
