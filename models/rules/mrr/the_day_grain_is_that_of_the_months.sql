-- Grain: one row per month and type of movement that breaks the rule: its day grain is not what the
-- month of the company has of it, or the differences of its month do not add up to 0.
with bridge as (
    select * from {{ ref('fct_mrr_netting_bridge') }}
),

months as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
),

by_month as (
    {{ one_row_per_movement_type('months') }}
),

left_over as (
    select
        period_month,
        sum(difference) as differences
    from bridge
    group by period_month
),

compared as (
    select
        coalesce(bridge.period_month, by_month.period_month) as period_month,
        coalesce(bridge.movement_type, by_month.movement_type) as movement_type,
        case when bridge.period_month is null then 0 else bridge.day_grain_mrr end as day_grain_mrr,
        by_month.day_grain_mrr as mrr_of_month
    from bridge
    full outer join by_month
        on
            bridge.period_month = by_month.period_month
            and bridge.movement_type = by_month.movement_type
)

select
    cast(compared.period_month as {{ dbt.type_string() }})
    || ', ' || coalesce(compared.movement_type, 'no type')
    || ': ' || {{ told('compared.day_grain_mrr') }}
    || ' by days, ' || {{ told('compared.mrr_of_month') }}
    || ' in the month of the company; the differences of the month add up to '
    || {{ told('left_over.differences') }} as message,
    compared.period_month,
    compared.movement_type,
    compared.day_grain_mrr,
    compared.mrr_of_month,
    left_over.differences
from compared
left join left_over on compared.period_month = left_over.period_month
where
    compared.day_grain_mrr is distinct from compared.mrr_of_month
    or left_over.differences <> 0
