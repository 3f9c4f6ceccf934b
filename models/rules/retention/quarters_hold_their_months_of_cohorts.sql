-- Grain: one row per quarter's cohort that breaks the rule: it has not the customers of its three
-- months, or more than that.
with quarters as (
    select
        cohort_quarter,
        segment_type,
        segment_value,
        min(cohort_customers) as fewest_customers,
        max(cohort_customers) as customers,
        max(active_customers) as active_customers,
        count(*) - count(cohort_customers) as empty_rows
    from {{ ref('fct_cohort_retention_quarterly') }}
    group by
        cohort_quarter,
        segment_type,
        segment_value
),

months as (
    select
        cast(date_trunc('quarter', cohort_month) as date) as cohort_quarter,
        segment_type,
        segment_value,
        sum(cohort_customers) as customers
    from {{ ref('fct_cohort_retention') }}
    where months_since = 0
    group by
        cast(date_trunc('quarter', cohort_month) as date),
        segment_type,
        segment_value
),

joined as (
    select
        coalesce(quarters.cohort_quarter, months.cohort_quarter) as cohort_quarter,
        coalesce(quarters.segment_type, months.segment_type) as segment_type,
        coalesce(quarters.segment_value, months.segment_value) as segment_value,
        quarters.fewest_customers,
        quarters.customers,
        quarters.active_customers,
        quarters.empty_rows,
        months.customers as customers_of_months
    from quarters
    full outer join months
        on
            quarters.cohort_quarter = months.cohort_quarter
            and quarters.segment_type = months.segment_type
            and quarters.segment_value = months.segment_value
)

select
    {{ told_segment('cohort_quarter') }}
    || ': the quarter has '
    || {{ told('fewest_customers') }}
    || ' to '
    || {{ told('customers') }}
    || ' customers, at most '
    || {{ told('active_customers') }}
    || ' of them active, and its months have '
    || {{ told('customers_of_months') }} as message,
    cohort_quarter,
    segment_type,
    segment_value
from joined
where
    customers is distinct from customers_of_months
    or fewest_customers <> customers
    or active_customers > customers
    or empty_rows > 0
