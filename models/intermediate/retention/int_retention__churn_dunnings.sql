-- Grain: one row per churn movement that a dunning was open at: the last such dunning.
with churns as (
    select * from {{ ref('int_retention__churn_movements') }}
),

dunnings as (
    select * from {{ ref('int_payments__dunnings') }}
),

open_dunnings as (
    select
        churns.movement_id,
        dunnings.first_failed_at,
        dunnings.is_exhausted,
        row_number() over (
            partition by churns.movement_id
            order by dunnings.first_failed_at desc, dunnings.invoice_id desc
        ) as dunning_rank
    from churns
    inner join dunnings
        on
            churns.customer_id = dunnings.customer_id
            and {{ local_date('dunnings.first_failed_at') }} <= churns.churned_on
    -- A debt that was paid in the end is no reason to leave.
    where
        dunnings.recovered_at is null
        or {{ local_date('dunnings.recovered_at') }} > churns.churned_on
)

select
    movement_id,
    first_failed_at,
    is_exhausted
from open_dunnings
where dunning_rank = 1
