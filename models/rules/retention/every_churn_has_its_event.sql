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
    || coalesce(cast(movements.movement_date as {{ dbt.type_string() }}), 'nothing')
    || ' by '
    || coalesce(cast(movements.mrr_delta as {{ dbt.type_string() }}), 'nothing')
    || ', event of ' || coalesce(events.customer_id, 'nobody') || ' on '
    || coalesce(cast(events.churned_on as {{ dbt.type_string() }}), 'nothing')
    || ' that lost '
    || coalesce(cast(events.mrr_lost as {{ dbt.type_string() }}), 'nothing')
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
