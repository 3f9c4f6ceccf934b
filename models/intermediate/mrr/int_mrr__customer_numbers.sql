-- Grain: one row per customer with items, and the small number that stands for it where rows are
-- many.
with customers as (
    select distinct customer_id
    from {{ ref('int_mrr__item_versions') }}
)

select
    customer_id,
    cast(row_number() over (order by customer_id) as integer) as customer_number
from customers
