{{ config(materialized='kept', by='sums', months='period_month') }}

-- Grain: one row per month and movement type.
-- The day grain shows a round trip inside the month twice, the month grain not at all. Sums are
-- kept: a run adds to those of the month grain what changed, and finds the others added up.
-- DECISIONS.md#netting-bridge
with months as (
    {{ signed_rows('fct_customer_mrr_monthly') }}
),

classed as (
    select
        period_month,
        sign * (closing_mrr - opening_mrr - fx_mrr) as month_delta,
        case
            when opening_mrr = 0 and closing_mrr > 0 and times_new > 0 then 'new'
            when opening_mrr = 0 and closing_mrr > 0 then 'reactivation'
            when opening_mrr > 0 and closing_mrr = 0 then 'churn'
            when closing_mrr - fx_mrr > opening_mrr then 'expansion'
            when closing_mrr - fx_mrr < opening_mrr then 'contraction'
        end as movement_type
    from months
),

changes as (
    select
        period_month,
        movement_type,
        cast(sum(month_delta) as {{ type_money() }}) as month_grain_mrr
    from classed
    group by
        period_month,
        movement_type
),

entries as (
    select
        period_month,
        movement_type,
        month_grain_mrr
    from changes

    union all

    select
        period_month,
        movement_type,
        month_grain_mrr
    from {{ previous_rows('fct_mrr_netting_bridge', like='changes') }}
),

by_month as (
    select
        period_month,
        movement_type,
        sum(month_grain_mrr) as month_grain_mrr
    from entries
    group by
        period_month,
        movement_type
),

day_sums as (
    select
        period_month,
        {{ waterfall_totals() }}
    from {{ ref('int_waterfall__kind_months') }}
    group by period_month
),

by_day as (
    {{ one_row_per_movement_type('day_sums') }}
),

compared as (
    select
        by_day.period_month,
        by_day.movement_type,
        by_day.day_grain_mrr,
        cast(coalesce(by_month.month_grain_mrr, 0) as {{ type_money() }}) as month_grain_mrr
    from by_day
    left join by_month
        on
            by_day.period_month = by_month.period_month
            and by_day.movement_type = by_month.movement_type
)

select
    period_month,
    movement_type,
    day_grain_mrr,
    month_grain_mrr,
    cast(day_grain_mrr - month_grain_mrr as {{ type_money() }}) as difference
from compared
