-- Grain: one row per movement that breaks the rule: a customer that does not begin with `new`,
-- leaves or changes while it is gone, or returns while it is there.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

ordered as (
    select
        movements.*,
        row_number() over history as movement_number,
        lag(movements.movement_type) over history as previous_type
    from movements
    window
        history as (
            partition by movements.customer_id
            order by movements.movement_date, movements.movement_id
        )
)

select
    customer_id || ' on ' || cast(movement_date as {{ dbt.type_string() }})
    || ': ' || coalesce(movement_type, 'a movement of no type')
    || case
        when movement_number = 1 then ' is its first movement'
        else ' follows ' || coalesce(previous_type, 'a movement of no type')
    end as message,
    movement_id,
    customer_id,
    movement_date,
    previous_type,
    movement_type
from ordered
where
    coalesce(
        case
            when movement_number = 1 then movement_type <> 'new'
            when previous_type = 'churn' then movement_type not in ('new', 'reactivation')
            else movement_type in ('new', 'reactivation')
        end,
        true
    )
