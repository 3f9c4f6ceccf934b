select *
from {{ ref('fct_churn_monthly') }}
where
    voluntary_customers + involuntary_customers + unknown_customers + paused_customers
    <> churned_customers
