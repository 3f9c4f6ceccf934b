-- Grain: one row per month and type of movement that breaks the rule: its movements add up to
-- something else than the month of the company has of it.
with months as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
),

movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

by_month as (
    {{ one_row_per_movement_type('months') }}
),

by_movement as (
    select
        period_month,
        movement_type,
        sum(mrr_delta) as mrr_delta
    from movements
    group by
        period_month,
        movement_type
),

compared as (
    select
        coalesce(by_month.period_month, by_movement.period_month) as period_month,
        coalesce(by_month.movement_type, by_movement.movement_type) as movement_type,
        by_month.day_grain_mrr as mrr_of_month,
        coalesce(by_movement.mrr_delta, 0) as mrr_of_movements
    from by_month
    full outer join by_movement
        on
            by_month.period_month = by_movement.period_month
            and by_month.movement_type = by_movement.movement_type
)

select
    {{ told('period_month') }}
    || ', '
    || coalesce(movement_type, 'no type')
    || ': its movements add up to ' || cast(mrr_of_movements as {{ dbt.type_string() }})
    || ', the month of the company has '
    || {{ told('mrr_of_month') }} as message,
    period_month,
    movement_type,
    mrr_of_movements,
    mrr_of_month
from compared
where mrr_of_movements is distinct from mrr_of_month
