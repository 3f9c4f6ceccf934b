{%- set rounds = 6 -%}
-- Grain: one row per merged customer, with the customer that carries its history in the end.
-- Merged is what a billing system merged, and what is one customer in two systems (same_customer).
-- Everybody takes the first name among those that share a name with it, over and over: six times
-- reach whoever is tied by a chain of seven.
with members as (
    select * from {{ ref('int_mrr__same_customers') }}
),

told_merges as (
    select * from {{ ref('int_mrr__told_merges') }}
),

groups_0 as (
    select distinct
        customer_id,
        customer_id as group_id
    from members
),

{% for round in range(1, rounds + 1) -%}
names_{{ round }} as (
    select
        members.common_name,
        min(grouped.group_id) as group_id
    from members
    inner join groups_{{ round - 1 }} as grouped on members.customer_id = grouped.customer_id
    group by members.common_name
),

groups_{{ round }} as (
    select
        members.customer_id,
        min(names.group_id) as group_id
    from members
    inner join names_{{ round }} as names on members.common_name = names.common_name
    group by members.customer_id
),

{% endfor -%}
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
                called_another.is_called_another,
                customers.created_at asc nulls last,
                grouped.customer_id
        ) as survivor_customer_id
    from groups_{{ rounds }} as grouped
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
