-- Grain: one row per cohort month, segment as of acquisition and month since.
-- DECISIONS.md#cohort-mrr
with bases as (
    select * from {{ ref('int_retention__cohort_bases') }}
),

changes as (
    select * from {{ ref('int_retention__cohort_changes') }}
),

months as (
    select * from {{ ref('int_retention__months') }}
),

cells as (
    select
        bases.cohort_month,
        bases.segment_type,
        bases.segment_value,
        months.period_month,
        months.is_partial,
        bases.cohort_customers,
        bases.cohort_mrr
    from bases
    inner join months
        on bases.cohort_month <= months.period_month
),

-- The MRR of a cohort is the sum of everything that ever happened to it.
running_totals as (
    select
        cells.cohort_month,
        cells.segment_type,
        cells.segment_value,
        cells.period_month,
        cells.is_partial,
        cells.cohort_customers,
        cells.cohort_mrr,
        sum(coalesce(changes.active_delta, 0)) over cohort_history as active_customers,
        sum(coalesce(changes.unbroken_delta, 0)) over cohort_history as unbroken_customers,
        sum(coalesce(changes.mrr_delta, 0)) over cohort_history as mrr
    from cells
    left join changes
        on
            cells.cohort_month = changes.cohort_month
            and cells.segment_type = changes.segment_type
            and cells.segment_value = changes.segment_value
            and cells.period_month = changes.period_month
    window cohort_history as (
        partition by cells.cohort_month, cells.segment_type, cells.segment_value
        order by cells.period_month
        rows between unbounded preceding and current row
    )
),

complete_cells as (
    select
        cohort_month,
        segment_type,
        segment_value,
        cast({{ months_between('cohort_month', 'period_month') }} as bigint) as months_since,
        cohort_customers,
        cohort_mrr,
        case when not is_partial then cast(active_customers as bigint) end as active_customers,
        case when not is_partial then cast(unbroken_customers as bigint) end
            as retained_unbroken_customers,
        case when not is_partial then cast(mrr as {{ type_money() }}) end as mrr
    from running_totals
)

select
    cohort_month,
    segment_type,
    segment_value,
    months_since,
    {{ is_total_row(['segment_type']) }} as is_total,
    cohort_customers,
    cohort_mrr,
    active_customers,
    retained_unbroken_customers,
    mrr,
    {{ count_rate('active_customers', 'cohort_customers') }} as logo_retention,
    case
        when active_customers is not null
            then {{ wilson_bound('active_customers', 'cohort_customers', 'low') }}
    end as logo_retention_low,
    case
        when active_customers is not null
            then {{ wilson_bound('active_customers', 'cohort_customers', 'high') }}
    end as logo_retention_high,
    {{ ratio('mrr', 'cohort_mrr') }} as revenue_retention
from complete_cells
