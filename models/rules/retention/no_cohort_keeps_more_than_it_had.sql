-- Grain: one row per cohort and month since that breaks the rule: its unbroken customers are not
-- among the active, or these not among the cohort.
with cohorts as (
    select * from {{ ref('fct_cohort_retention') }}
)

select
    {{ told_segment('cohort_month') }}
    || ', after '
    || {{ told('months_since') }}
    || ' months: of '
    || {{ told('cohort_customers') }}
    || ' customers '
    || {{ told('active_customers') }}
    || ' are active (a share of '
    || {{ told('logo_retention') }}
    || ') and '
    || {{ told('retained_unbroken_customers') }}
    || ' were so ever since, with MRR '
    || {{ told('mrr') }} as message,
    cohort_month,
    segment_type,
    segment_value,
    months_since
from cohorts
where
    active_customers > cohort_customers
    or retained_unbroken_customers > active_customers
    or retained_unbroken_customers < 0
    or mrr < 0
    or logo_retention not between 0 and 1
    or abs(logo_retention * cohort_customers - active_customers) > 1e-6
    or (active_customers is null) <> (retained_unbroken_customers is null)
    or (active_customers is null) <> (mrr is null)
    or (active_customers is null and logo_retention is not null)
