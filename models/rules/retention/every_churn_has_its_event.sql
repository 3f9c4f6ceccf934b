-- Grain: one row per churn or event of churn that breaks the rule: it has no counterpart of the
-- same customer, day and MRR, or several.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
    where movement_type = 'churn'
),

events as (
    select
        movement_id,
        customer_id,
        churned_on,
        mrr_lost,
        count(*) over (partition by movement_id) as events_of_movement
    from {{ ref('fct_churn_events') }}
)

select
    coalesce(movements.movement_id, events.movement_id, 'nothing') || ': movement of '
    || coalesce(movements.customer_id, 'nobody') || ' on '
    || {{ told('movements.movement_date') }}
    || ' by '
    || {{ told('movements.mrr_delta') }}
    || ', event of ' || coalesce(events.customer_id, 'nobody') || ' on '
    || {{ told('events.churned_on') }}
    || ' that lost '
    || {{ told('events.mrr_lost') }}
    || case when events.events_of_movement > 1 then ', and more events of it' else '' end
        as message,
    coalesce(movements.movement_id, events.movement_id) as movement_id,
    coalesce(movements.customer_id, events.customer_id) as customer_id
from movements
full outer join events on movements.movement_id = events.movement_id
where
    movements.movement_id is null
    or events.movement_id is null
    or movements.customer_id is distinct from events.customer_id
    or movements.movement_date is distinct from events.churned_on
    or -movements.mrr_delta is distinct from events.mrr_lost
    or events.events_of_movement > 1
