-- Grain: one row per churn movement, with what the customer did next.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

status_movements as (
    select * from movements
    where movement_type in ('new', 'churn', 'reactivation')
),

movements_with_next as (
    select
        movement_id,
        customer_id,
        movement_date,
        period_month,
        movement_type,
        movement_kind,
        mrr_delta,
        lead(movement_date) over customer_history as next_movement_date,
        lead(movement_type) over customer_history as next_movement_type,
        min(movement_date) over (partition by customer_id) as first_mrr_on
    from status_movements
    window customer_history as (partition by customer_id order by movement_date, movement_id)
)

select
    movement_id,
    customer_id,
    movement_date as churned_on,
    period_month,
    movement_kind as churn_kind,
    -mrr_delta as mrr_lost,
    first_mrr_on,
    next_movement_date as returned_on,
    coalesce(
        movement_kind = 'pause'
        and next_movement_type = 'reactivation'
        and {{ days_between('movement_date', 'next_movement_date') }}
        <= {{ policy('pause_max_days') }},
        false
    ) as is_short_pause,
    row_number() over (
        partition by customer_id, period_month
        order by movement_date desc, movement_id desc
    ) = 1 as is_last_in_month
from movements_with_next
where movement_type = 'churn'
