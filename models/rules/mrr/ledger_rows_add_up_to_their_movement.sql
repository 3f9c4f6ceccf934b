-- Grain: one row per customer and day that breaks the rule: the ledger rows of the day add up to
-- something else than its movement.
-- A movement values the balance of each currency before and after, a ledger row that of one item:
-- each of these four may be rounded by half of the last digit.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

parts as (
    select
        customer_id,
        effective_date,
        sum(mrr_delta) as mrr_delta,
        count(*) as ledger_rows,
        0.0001 * (count(*) + count(distinct currency)) as rounding
    from ledger
    group by
        customer_id,
        effective_date
),

compared as (
    select
        movements.movement_id,
        coalesce(movements.customer_id, parts.customer_id) as customer_id,
        coalesce(movements.movement_date, parts.effective_date) as movement_date,
        case when movements.customer_id is null then 0 else movements.mrr_delta end as mrr_delta,
        parts.mrr_delta as mrr_delta_of_ledger,
        coalesce(parts.ledger_rows, 0) as ledger_rows,
        parts.rounding
    from movements
    full outer join parts
        on
            movements.customer_id = parts.customer_id
            and movements.movement_date = parts.effective_date
)

select
    customer_id || ' on ' || cast(movement_date as {{ dbt.type_string() }})
    || ': ' || cast(ledger_rows as {{ dbt.type_string() }})
    || ' ledger rows add up to '
    || {{ told('mrr_delta_of_ledger') }}
    || ', the movement of the day is '
    || {{ told('mrr_delta') }} as message,
    movement_id,
    customer_id,
    movement_date,
    mrr_delta,
    mrr_delta_of_ledger,
    ledger_rows
from compared
where coalesce(abs(mrr_delta_of_ledger - mrr_delta) > rounding, true)
