{{ config(materialized='kept', by='number') }}

-- Grain: one row per customer that ever had items, and the small number that stands for it where
-- rows are many. A number is given once and kept.
with customers as (
    select distinct customer_id
    from {{ ref('int_terms__item_versions') }}
    where {{ is_affected_customer() }}
)

select
    customer_id,
    {{ next_number('customer_number', 'customer_id') }} as customer_number
from customers
where {{ has_no_number('customer_id') }}
