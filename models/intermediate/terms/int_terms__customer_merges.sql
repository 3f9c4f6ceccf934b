{{ config(materialized='table') }}

-- Grain: one row per merged customer, with the customer that carries its history in the end.
-- Merged is what a billing system merged, and what is one customer in two systems (same_customer).
-- Everybody takes the first name among those that share a name with it, over and over: six times
-- reach whoever is tied by a chain of seven.
with members as (
    select * from {{ ref('int_terms__same_customers') }}
),

told_merges as (
    select * from {{ ref('int_terms__told_merges') }}
),

{{ groups_by_common_names('members', rounds=6) }},

called_another as (
    select
        customer_id,
        max(is_called_another) as is_called_another
    from members
    group by customer_id
),

-- The one that others are said to be; else the one that was there first, so that what is published
-- of it keeps its name.
ranked as (
    select
        grouped.customer_id,
        first_value(grouped.customer_id) over (
            partition by grouped.group_id
            order by
                called_another.is_called_another asc,
                customers.created_at asc nulls last,
                grouped.customer_id asc
        ) as survivor_customer_id
    from grouped
    inner join called_another on grouped.customer_id = called_another.customer_id
    left join {{ ref('stg_customers') }} as customers
        on grouped.customer_id = customers.customer_id
)

select
    told_merges.merged_customer_id,
    coalesce(ranked.survivor_customer_id, told_merges.survivor_customer_id)
        as survivor_customer_id
from told_merges
left join ranked on told_merges.survivor_customer_id = ranked.customer_id

union all

select
    customer_id as merged_customer_id,
    survivor_customer_id
from ranked
where customer_id <> survivor_customer_id
