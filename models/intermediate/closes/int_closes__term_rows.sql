-- Grain: one row per customer whose MRR is another and row of a price, a coupon or a discount of
-- it, with the line that told it. The lines of its ledger do not tell these terms.
with held as (
    select distinct
        customer_id,
        subscription_id,
        price_id
    from {{ ref('fct_mrr_ledger') }}
    where
        customer_id in (
            select changed.customer_id from {{ ref('int_closes__mrr_differences') }} as changed
        )
),

customer_prices as (
    select distinct
        customer_id,
        price_id
    from held
),

customers as (
    select distinct customer_id
    from held
),

customer_subscriptions as (
    select distinct
        customer_id,
        subscription_id
    from held
),

discounts as (
    select * from {{ ref('stg_discount_versions') }}
),

discounts_of_customers as (
    select
        customer_subscriptions.customer_id,
        discounts.discount_id,
        discounts.coupon_id,
        discounts.recorded_at,
        discounts.loaded_at,
        discounts.source_file,
        discounts.source_line
    from discounts
    inner join customer_subscriptions
        on discounts.subscription_id = customer_subscriptions.subscription_id

    union all

    select
        customers.customer_id,
        discounts.discount_id,
        discounts.coupon_id,
        discounts.recorded_at,
        discounts.loaded_at,
        discounts.source_file,
        discounts.source_line
    from discounts
    inner join customers
        on
            discounts.customer_id = customers.customer_id
            and discounts.subscription_id is null
),

coupons_of_customers as (
    select distinct
        customer_id,
        coupon_id
    from discounts_of_customers
)

select
    customer_prices.customer_id,
    'price ' || prices.price_id as told_of,
    prices.recorded_at,
    prices.loaded_at,
    prices.source_file,
    prices.source_line
from customer_prices
inner join {{ ref('stg_price_versions') }} as prices
    on customer_prices.price_id = prices.price_id

union all

select
    coupons_of_customers.customer_id,
    'coupon ' || coupons.coupon_id as told_of,
    coupons.recorded_at,
    coupons.loaded_at,
    coupons.source_file,
    coupons.source_line
from coupons_of_customers
inner join {{ ref('stg_coupon_versions') }} as coupons
    on coupons_of_customers.coupon_id = coupons.coupon_id

union all

select
    customer_id,
    'discount ' || discount_id as told_of,
    recorded_at,
    loaded_at,
    source_file,
    source_line
from discounts_of_customers
