{{ config(materialized='kept', by='customer') }}

-- Grain: one row per item version, preset, discount and interval of it in force during the version.
-- `once` without an end, where the policy counts it, lasts one billing period of the item. Of
-- months, the shortest decides whether a repeating discount spans a period: 30 days off a monthly
-- item do.
-- DECISIONS.md#coupons-bound-to-products
-- DECISIONS.md#a-discount-on-an-item
-- DECISIONS.md#a-repeating-discount-is-shorter-than-a-billing-period
{%- set columns -%}
    items.subscription_id,
    items.item_id,
    items.start_at as version_start_at,
    items.end_at as version_end_at,
    items.customer_id,
    items.currency as item_currency,
    items.product_id,
    items.interval_unit,
    items.interval_count,
    discounts.preset,
    discounts.counts_once,
    discounts.discount_id,
    discounts.discount_level,
    discounts.percent_off,
    discounts.amount_off,
    discounts.currency,
    discounts.duration,
    discounts.product_keys,
    discounts.granted_at,
    discounts.granted_until,
    discounts.starts_at,
    discounts.ends_at,
    discounts.source_file,
    discounts.source_line,
    discounts.recorded_at,
    discounts.end_source_file,
    discounts.end_source_line,
    discounts.end_recorded_at
{%- endset %}
with versions as (
    select * from {{ ref('int_terms__item_versions') }}
    where
        not is_net_amount
        and {{ is_affected_row('int_terms__item_versions') }}
),

discounts as (
    select * from {{ ref('int_states__discounts') }}
),

on_items as (
    {{ discounts_of_items('versions', 'discounts', columns) }}
),

measured as (
    select
        on_items.*,
        {{ add_period('granted_at', 'interval_unit', 'interval_count') }} as first_period_end_at,
        {{ add_shortest_period('granted_at', 'interval_unit', 'interval_count') }}
            as shortest_period_end_at
    from on_items
    -- A coupon that is bound to products leaves the other items alone.
    where
        product_keys is null
        or {{ is_listed('product_id', 'product_keys') }}
),

in_force as (
    select
        measured.*,
        case
            when duration = 'once' and granted_until is null
                then least(coalesce(ends_at, first_period_end_at), first_period_end_at)
            else ends_at
        end as last_until
    from measured
    where
        duration <> 'repeating'
        or granted_until is null
        or granted_until >= shortest_period_end_at
        or counts_once
)

select
    subscription_id,
    item_id,
    version_start_at,
    version_end_at,
    customer_id,
    preset,
    discount_id,
    discount_level,
    percent_off,
    case
        when
            amount_off is not null and coalesce(currency, item_currency) = item_currency
            then amount_off
        else 0
    end as amount_off,
    amount_off is not null
    and coalesce(currency, item_currency) <> item_currency as is_other_currency,
    starts_at,
    last_until as ends_at,
    source_file,
    source_line,
    recorded_at,
    end_source_file,
    end_source_line,
    end_recorded_at
from in_force
where
    (version_end_at is null or starts_at < version_end_at)
    and (last_until is null or last_until > version_start_at)
    and (last_until is null or last_until > starts_at)
