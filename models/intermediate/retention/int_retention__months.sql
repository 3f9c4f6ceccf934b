-- Grain: one row per local month, from the first movement to the month of the as-of instant.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

first_movement as (
    select min(period_month) as first_month
    from movements
),

month_indices as (
    select
        {{ expand_integers(month_index('first_month'), month_index(as_of_month())) }} as month_index
    from first_movement
    where first_month is not null
)

select
    {{ month_from_index('month_index') }} as period_month,
    {{ month_from_index('(month_index + 1)') }} as next_month,
    {{ month_from_index('month_index') }} >= {{ as_of_month() }} as is_partial
from month_indices
