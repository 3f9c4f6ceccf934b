-- Grain: one row per customer that ever had MRR.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

arrivals as (
    select
        customer_id,
        movement_date as cohort_on,
        period_month as cohort_month,
        mrr_delta as cohort_mrr,
        -- With a reactivation window a late return is `new` again: the first fixes the cohort.
        row_number() over (
            partition by customer_id
            order by movement_date, movement_id
        ) as arrival_number
    from movements
    where movement_type = 'new'
)

select
    customer_id,
    cohort_on,
    cohort_month,
    cohort_mrr
from arrivals
where arrival_number = 1
