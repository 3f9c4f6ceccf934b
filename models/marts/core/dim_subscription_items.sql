-- Grain: one row per item with MRR at as_of.
with items as (
    select * from {{ ref('int_core__subscription_items') }}
    where mrr_native > 0
),

subscriptions as (
    select subscription_id from {{ ref('dim_subscriptions') }}
)

select
    ---------- ids
    items.subscription_id,
    items.item_id,
    items.customer_id,
    items.source_name,
    items.price_id,
    ---------- what it is
    items.plan_name as plan,
    items.product_id as product,
    items.billing_interval,
    items.billing_scheme,
    items.currency,
    items.quantity,
    items.unit_amount as unit_price,
    ---------- what it pays
    items.list_mrr as list_mrr_native,
    items.mrr_native,
    cast(items.mrr as {{ type_money() }}) as mrr,
    items.is_ending,
    ---------- lineage
    items.source_file,
    items.source_line
from items
inner join subscriptions on items.subscription_id = subscriptions.subscription_id
