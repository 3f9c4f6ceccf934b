-- metrics.md 9: a customer begins with `new`, leaves before it returns, and returns before it
-- leaves.
with ordered as (
    select
        customer_id,
        movement_date,
        movement_type,
        lag(movement_type) over (partition by customer_id order by movement_date) as previous_type
    from {{ ref('fct_mrr_movements') }}
)

select *
from ordered
where
    (previous_type is null and movement_type <> 'new')
    or (previous_type = 'churn' and movement_type not in ('reactivation', 'new'))
    or (
        previous_type is not null
        and previous_type <> 'churn'
        and movement_type in ('reactivation', 'new')
    )
