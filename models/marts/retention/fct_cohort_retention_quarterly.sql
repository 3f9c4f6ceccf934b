-- Grain: one row per cohort quarter, segment as of acquisition and quarter since.
-- A quarter's end is the end of its last month, so a quarter of cohorts is three of the months'.
-- DECISIONS.md#quarterly-cohorts
with monthly_cells as (
    select
        *,
        {{ month_index('cohort_month') }} as cohort_index,
        {{ month_index('cohort_month') }} + cast(months_since as integer) as month_index
    from {{ ref('fct_cohort_retention') }}
),

-- The unfinished quarter shows its latest month, which is the unfinished one: no figures yet.
quarter_ends as (
    select
        cohort_index - mod(cohort_index, 3) as first_index,
        month_index - mod(month_index, 3) as quarter_index,
        segment_type,
        segment_value,
        cohort_customers,
        cohort_mrr,
        active_customers,
        retained_unbroken_customers,
        mrr
    from monthly_cells
    where mod(month_index, 3) = 2 or month_index = {{ month_index(as_of_month()) }}
),

totals as (
    select
        first_index,
        quarter_index,
        segment_type,
        segment_value,
        cast(sum(cohort_customers) as bigint) as all_customers,
        {{ money_sum('cohort_mrr') }} as base_mrr,
        cast(sum(active_customers) as bigint) as active,
        cast(sum(retained_unbroken_customers) as bigint) as unbroken,
        {{ money_sum('mrr') }} as kept_mrr
    from quarter_ends
    group by
        first_index,
        quarter_index,
        segment_type,
        segment_value
)

select
    {{ month_from_index('first_index') }} as cohort_quarter,
    segment_type,
    segment_value,
    cast((quarter_index - first_index) / 3 as bigint) as quarters_since,
    {{ is_total_row(['segment_type']) }} as is_total,
    all_customers as cohort_customers,
    base_mrr as cohort_mrr,
    active as active_customers,
    unbroken as retained_unbroken_customers,
    kept_mrr as mrr,
    {{ count_rate('active', 'all_customers') }} as logo_retention,
    case when active is not null then {{ wilson_bound('active', 'all_customers', 'low') }} end
        as logo_retention_low,
    case when active is not null then {{ wilson_bound('active', 'all_customers', 'high') }} end
        as logo_retention_high,
    {{ ratio('kept_mrr', 'base_mrr') }} as revenue_retention
from totals
