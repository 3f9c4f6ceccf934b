-- Grain: one row per customer and month with a movement: the day movements added up by type.
select
    customer_id,
    {{ month_index('movement_date') }} as month_index,
    {{ sums_of_movements() }}
    {{ count_of_movements('new') }} as times_new,
    {{ count_of_movements('churn') }} as times_churned,
    {{ count_of_movements('reactivation') }} as times_reactivated
from {{ ref('fct_mrr_movements') }}
where {{ is_recomputed(month_index('movement_date')) }}
group by
    customer_id,
    {{ month_index('movement_date') }}
