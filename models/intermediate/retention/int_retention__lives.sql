-- Grain: one row per customer and unbroken stretch of days with MRR.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
    where movement_type in ('new', 'reactivation', 'churn')
),

churns as (
    select * from {{ ref('int_retention__churn_movements') }}
),

stretches as (
    select
        movement_id,
        customer_id,
        movement_type,
        movement_date as started_on,
        lag(movement_date) over history as absent_since,
        lead(movement_id) over history as end_movement_id,
        lead(movement_date) over history as ended_on
    from movements
    window history as (partition by customer_id order by movement_date, movement_id)
)

select
    stretches.customer_id,
    stretches.started_on,
    stretches.absent_since,
    stretches.ended_on,
    churns.returned_on,
    coalesce(churns.is_short_pause, false) as is_short_pause
from stretches
left join churns
    on stretches.end_movement_id = churns.movement_id
where stretches.movement_type <> 'churn'
