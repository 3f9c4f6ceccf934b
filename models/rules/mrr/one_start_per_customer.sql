-- Grain: one row per customer that breaks the rule: it is new more than once, though no policy lets
-- late returns be new again.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
)

select
    customer_id || ': is new ' || cast(count(*) as {{ dbt.type_string() }})
    || ' times, first on ' || cast(min(movement_date) as {{ dbt.type_string() }})
    || ', last on ' || cast(max(movement_date) as {{ dbt.type_string() }}) as message,
    customer_id,
    count(*) as starts
from movements
where
    movement_type = 'new'
    and {{ 'true' if policy('reactivation_window_days') is none else 'false' }}
group by customer_id
having count(*) > 1
