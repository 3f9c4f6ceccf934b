{{ config(materialized='kept', by='customer') }}

-- Grain: one row per customer that ever had MRR: the day and the size of its first.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
    where {{ is_affected_customer() }}
),

firsts as (
    select
        customer_id,
        min(movement_date) as first_mrr_on
    from movements
    group by customer_id
)

select
    firsts.customer_id,
    firsts.first_mrr_on,
    {{ month_start('firsts.first_mrr_on') }} as cohort_month,
    movements.mrr_after as first_mrr
from firsts
inner join movements
    on
        firsts.customer_id = movements.customer_id
        and firsts.first_mrr_on = movements.movement_date
