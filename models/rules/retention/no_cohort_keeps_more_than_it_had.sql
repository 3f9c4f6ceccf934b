-- Grain: one row per cohort and month since that breaks the rule: its unbroken customers are not
-- among the active, or these not among the cohort.
with cohorts as (
    select * from {{ ref('fct_cohort_retention') }}
)

select
    coalesce(cast(cohort_month as {{ dbt.type_string() }}), 'nothing')
    || ', ' || coalesce(segment_type, 'nothing') || ' ' || coalesce(segment_value, 'nothing')
    || ', after '
    || coalesce(cast(months_since as {{ dbt.type_string() }}), 'nothing')
    || ' months: of '
    || coalesce(cast(cohort_customers as {{ dbt.type_string() }}), 'nothing')
    || ' customers '
    || coalesce(cast(active_customers as {{ dbt.type_string() }}), 'nothing')
    || ' are active (a share of '
    || coalesce(cast(logo_retention as {{ dbt.type_string() }}), 'nothing')
    || ') and '
    || coalesce(cast(retained_unbroken_customers as {{ dbt.type_string() }}), 'nothing')
    || ' were so ever since, with MRR '
    || coalesce(cast(mrr as {{ dbt.type_string() }}), 'nothing') as message,
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
