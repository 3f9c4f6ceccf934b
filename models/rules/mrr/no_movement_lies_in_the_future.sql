-- Grain: one row per movement that breaks the rule: it is dated after the run's own day.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
)

select
    movement_id || ': is dated ' || cast(movement_date as {{ dbt.type_string() }})
    || ', after ' || cast({{ as_of_date() }} as {{ dbt.type_string() }}) as message,
    movement_id,
    movement_date
from movements
where movement_date > {{ as_of_date() }}
