{{ config(materialized='kept', by='sums', months='month_index') }}

-- Grain: one row per month, plan, or product, and type of movement.
-- Sums are kept: a run adds to them what changed.
with movements as (
    {{ signed_rows('int_waterfall__plan_movements') }}
),

segments as (
    select * from {{ ref('int_waterfall__plan_segments') }}
),

plan_movements as (
    select
        sign,
        month_index,
        plan_number,
        movement_type,
        cast(sum(mrr_delta) as {{ type_money() }}) as mrr_delta,
        count(*) as movements
    from movements
    where movement_type is not null
    group by
        sign,
        month_index,
        plan_number,
        movement_type
),

-- Two items of one segment that come or go on one day are one customer.
comings as (
    select distinct
        movements.sign,
        movements.month_index,
        segments.segment_number,
        movements.customer_number,
        movements.effective_date,
        movements.movement_type
    from movements
    inner join segments on movements.plan_number = segments.plan_number
    where movements.movement_type in ('new', 'churn', 'reactivation')
),

changes as (
    select
        plan_movements.month_index,
        segments.segment_number,
        plan_movements.movement_type,
        plan_movements.sign * plan_movements.mrr_delta as mrr_delta,
        0 as customers,
        plan_movements.sign * plan_movements.movements as movements
    from plan_movements
    inner join segments on plan_movements.plan_number = segments.plan_number

    union all

    select
        month_index,
        segment_number,
        movement_type,
        0 as mrr_delta,
        sum(sign) as customers,
        0 as movements
    from comings
    group by
        month_index,
        segment_number,
        movement_type
),

names as (
    select distinct
        segment_number,
        segment_type,
        segment_value
    from segments
),

named as (
    select
        changes.month_index,
        names.segment_type,
        names.segment_value,
        changes.movement_type,
        changes.mrr_delta,
        changes.customers,
        changes.movements
    from changes
    inner join names on changes.segment_number = names.segment_number
),

sums as (
    select * from named

    union all

    select * from {{ previous_rows('int_waterfall__plan_segment_movements', like='named') }}
)

select
    month_index,
    segment_type,
    segment_value,
    movement_type,
    cast(sum(mrr_delta) as {{ type_money() }}) as mrr_delta,
    cast(sum(customers) as bigint) as customers,
    cast(sum(movements) as bigint) as movements
from sums
group by
    month_index,
    segment_type,
    segment_value,
    movement_type
having sum(movements) > 0
