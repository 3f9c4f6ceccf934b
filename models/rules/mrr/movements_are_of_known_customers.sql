-- Grain: one row per customer that breaks the rule: it has movements, and dim_customers lacks it.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
)

select
    coalesce(movements.customer_id, 'nobody')
    || ': has '
    || cast(count(*) as {{ dbt.type_string() }})
    || ' movements, the first on ' || cast(min(movements.movement_date) as {{ dbt.type_string() }})
    || ', and is not in dim_customers' as message,
    movements.customer_id,
    min(movements.movement_date) as first_movement_date
from movements
left join customers on movements.customer_id = customers.customer_id
where customers.customer_id is null
group by movements.customer_id
