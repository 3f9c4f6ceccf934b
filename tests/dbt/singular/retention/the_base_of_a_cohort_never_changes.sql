select
    cohort_month,
    segment_type,
    segment_value
from {{ ref('fct_cohort_retention') }}
group by
    cohort_month,
    segment_type,
    segment_value
having
    min(cohort_customers) <> max(cohort_customers)
    or min(cohort_mrr) <> max(cohort_mrr)
    or max(active_customers) > max(cohort_customers)
