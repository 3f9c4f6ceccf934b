-- Grain: one row per cohort that breaks the rule: it has other customers or MRR to start from in
-- some column.
with cohorts as (
    select * from {{ ref('fct_cohort_retention') }}
),

bases as (
    select
        cohort_month,
        segment_type,
        segment_value,
        min(cohort_customers) as fewest_customers,
        max(cohort_customers) as most_customers,
        min(cohort_mrr) as least_mrr,
        max(cohort_mrr) as most_mrr,
        count(*) - least(count(cohort_customers), count(cohort_mrr)) as empty_rows
    from cohorts
    group by
        cohort_month,
        segment_type,
        segment_value
)

select
    {{ told_segment('cohort_month') }}
    || ': the cohort starts from '
    || {{ told('fewest_customers') }}
    || ' to '
    || {{ told('most_customers') }}
    || ' customers and from MRR '
    || {{ told('least_mrr') }}
    || ' to '
    || {{ told('most_mrr') }}
    || ', and in '
    || cast(empty_rows as {{ dbt.type_string() }})
    || ' columns from nothing' as message,
    cohort_month,
    segment_type,
    segment_value
from bases
where
    fewest_customers <> most_customers
    or least_mrr <> most_mrr
    or empty_rows > 0
