-- Grain: one row per product that a price or an item names.
with prices as (
    select * from {{ ref('stg_prices') }}
),

named as (
    select
        product_id,
        source_name,
        product_name
    from prices
    where product_id is not null

    union all

    select
        product_id,
        source_name,
        cast(null as {{ dbt.type_string() }}) as product_name
    from {{ ref('int_terms__item_versions') }}
    where product_id is not null
)

select
    product_id,
    min(source_name) as source_name,
    min(product_name) as product_name
from named
group by product_id
