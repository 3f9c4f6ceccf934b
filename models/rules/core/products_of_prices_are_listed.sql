-- Grain: one row per price that breaks the rule: dim_products lacks the product that it sells.
with prices as (
    select * from {{ ref('dim_prices') }}
),

products as (
    select * from {{ ref('dim_products') }}
)

select
    prices.price_id || ': sells ' || prices.product_id
    || ', which is not in dim_products' as message,
    prices.price_id,
    prices.product_id
from prices
left join products on prices.product_id = products.product_id
where
    prices.product_id is not null
    and products.product_id is null
