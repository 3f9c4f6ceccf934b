-- Grain: one row per month and segment that breaks the rule: one of its rates is no share.
with churn as (
    select * from {{ ref('fct_churn_monthly') }}
)

select
    {{ told_segment('period_month') }}
    || ': customer churn rate '
    || {{ told('customer_churn_rate') }}
    || ', annualised '
    || {{ told('annualised_customer_churn_rate') }}
    || ', gross MRR churn rate '
    || {{ told('gross_mrr_churn_rate') }}
    || ', GRR '
    || {{ told('grr') }} as message,
    period_month,
    segment_type,
    segment_value
from churn
where
    customer_churn_rate not between 0 and 1
    or annualised_customer_churn_rate not between 0 and 1
    or gross_mrr_churn_rate not between 0 and 1
    or grr not between 0 and 1
