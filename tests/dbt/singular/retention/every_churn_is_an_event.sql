select
    movements.movement_id,
    movements.customer_id
from {{ ref('fct_mrr_movements') }} as movements
left join {{ ref('fct_churn_events') }} as events
    on movements.movement_id = events.movement_id
where
    movements.movement_type = 'churn'
    and (
        events.movement_id is null
        or events.mrr_lost <> -movements.mrr_delta
    )
