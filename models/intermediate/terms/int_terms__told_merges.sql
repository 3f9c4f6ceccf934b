-- Grain: one row per customer that its billing system merged, with its last survivor there.
-- A chain of merges is followed to its end; beyond 20 steps it is a circle, and left out.
with recursive customer_merges as (
    select * from {{ ref('stg_crm_merges_of_customers') }}
),

steps as (
    select
        merged_customer_id,
        survivor_customer_id,
        1 as step
    from customer_merges

    union all

    select
        steps.merged_customer_id,
        customer_merges.survivor_customer_id,
        steps.step + 1 as step
    from steps
    inner join customer_merges on steps.survivor_customer_id = customer_merges.merged_customer_id
    where steps.step < 20
),

ranked as (
    select
        steps.*,
        row_number() over (
            partition by steps.merged_customer_id
            order by steps.step desc, steps.survivor_customer_id asc
        ) as step_rank
    from steps
)

select
    merged_customer_id,
    survivor_customer_id
from ranked
where
    step_rank = 1
    and step < 20
