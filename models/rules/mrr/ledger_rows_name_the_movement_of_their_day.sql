-- Grain: one row per ledger row that breaks the rule: it names another movement than that of its
-- customer and day, or none although there is one.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

movements as (
    select * from {{ ref('fct_mrr_movements') }}
)

select
    ledger.ledger_id || ': names ' || coalesce(ledger.movement_id, 'no movement')
    || ', and on ' || cast(ledger.effective_date as {{ dbt.type_string() }})
    || ' its customer has ' || coalesce(movements.movement_id, 'none') as message,
    ledger.ledger_id,
    ledger.customer_id,
    ledger.effective_date,
    ledger.movement_id,
    movements.movement_id as movement_of_the_day
from ledger
left join movements
    on
        ledger.customer_id = movements.customer_id
        and ledger.effective_date = movements.movement_date
where ledger.movement_id is distinct from movements.movement_id
