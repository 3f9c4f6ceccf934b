-- Grain: one row per price.
-- Without a price list, the items tell which prices there are, by what they last charged.
with prices as (
    select * from {{ ref('stg_prices') }}
),

ranked as (
    select
        items.price_id,
        items.source_name,
        items.product_id,
        items.plan_name,
        items.currency,
        items.unit_amount,
        items.billing_scheme,
        items.usage_type,
        items.interval_unit,
        items.interval_count,
        row_number() over (
            partition by items.price_id
            order by items.start_at desc, items.subscription_id asc, items.item_id asc
        ) as recency
    from {{ ref('int_terms__item_versions') }} as items
    where items.price_id is not null
),

used as (
    select * from ranked
    where recency = 1
)

select
    coalesce(prices.price_id, used.price_id) as price_id,
    coalesce(prices.source_name, used.source_name) as source_name,
    coalesce(prices.product_id, used.product_id) as product_id,
    prices.product_name,
    coalesce(prices.plan_name, used.plan_name) as plan_name,
    coalesce(prices.currency, used.currency) as currency,
    coalesce(prices.unit_amount, used.unit_amount) as unit_amount,
    coalesce(prices.billing_scheme, used.billing_scheme) as billing_scheme,
    coalesce(prices.usage_type, used.usage_type) as usage_type,
    coalesce(prices.interval_unit, used.interval_unit) as interval_unit,
    coalesce(prices.interval_count, used.interval_count) as interval_count,
    prices.is_addon
from prices
full outer join used on prices.price_id = used.price_id
