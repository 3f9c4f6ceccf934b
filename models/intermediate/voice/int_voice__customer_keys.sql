-- Grain: one row per kind of key and value that names exactly one customer.
with customers as (
    select * from {{ ref('stg_customers') }}
),

customer_merges as (
    select * from {{ ref('int_mrr__customer_merges') }}
),

surviving_customers as (
    select
        coalesce(customer_merges.survivor_customer_id, customers.customer_id) as customer_id,
        customers.customer_id as own_id,
        substring(customers.customer_id, length(customers.source_name) + 2) as native_id,
        lower(trim(customers.email)) as email
    from customers
    left join customer_merges
        on customers.customer_id = customer_merges.merged_customer_id
),

keys as (
    select
        'customer_id' as key_kind,
        own_id as key_value,
        customer_id
    from surviving_customers
    union all
    select
        'native_id' as key_kind,
        native_id as key_value,
        customer_id
    from surviving_customers
    union all
    select
        'email' as key_kind,
        email as key_value,
        customer_id
    from surviving_customers
    where email like '%@%'
)

-- Two customers with one address, or one id in two sources: nobody can say which is meant.
select
    key_kind,
    key_value,
    min(customer_id) as customer_id
from keys
group by
    key_kind,
    key_value
having count(distinct customer_id) = 1
