-- Grain: one row per cohort month that breaks the rule: its customers are not those whose first MRR
-- lies in it.
with cohorts as (
    select
        cohort_month,
        max(cohort_customers) as customers
    from {{ ref('fct_cohort_retention') }}
    where segment_type = 'all'
    group by cohort_month
),

starts as (
    select
        cohort_month,
        count(*) as customers
    from {{ ref('dim_customers') }}
    where cohort_month is not null
    group by cohort_month
)

select
    coalesce(
        cast(cohorts.cohort_month as {{ dbt.type_string() }}),
        cast(starts.cohort_month as {{ dbt.type_string() }}),
        'nothing'
    )
    || ': the cohort has '
    || {{ told('cohorts.customers') }}
    || ' customers, and '
    || {{ told('starts.customers') }}
    || ' had their first MRR in the month' as message,
    coalesce(cohorts.cohort_month, starts.cohort_month) as cohort_month
from cohorts
full outer join starts on cohorts.cohort_month = starts.cohort_month
where cohorts.customers is distinct from starts.customers
