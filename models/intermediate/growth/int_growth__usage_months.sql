-- Grain: one row per customer and month in which its use of the product was counted.
with product_usage as (
    select * from {{ ref('stg_product_usage') }}
    where used_on <= {{ as_of_date() }}
),

customer_keys as (
    select * from {{ ref('int_voice__customer_keys') }}
),

usage_totals as (
    select
        source_name,
        customer_reference,
        {{ month_start('used_on') }} as period_month,
        cast(sum(events) as bigint) as month_events
    from product_usage
    group by
        source_name,
        customer_reference,
        {{ month_start('used_on') }}
),

resolved as (
    select
        coalesce(own_keys.customer_id, full_keys.customer_id, native_keys.customer_id)
            as customer_id,
        usage_totals.period_month,
        usage_totals.month_events
    from usage_totals
    left join customer_keys as own_keys
        on
            own_keys.key_kind = 'customer_id'
            and own_keys.key_value
            = usage_totals.source_name || ':' || usage_totals.customer_reference
    left join customer_keys as full_keys
        on
            full_keys.key_kind = 'customer_id'
            and usage_totals.customer_reference = full_keys.key_value
    left join customer_keys as native_keys
        on
            native_keys.key_kind = 'native_id'
            and usage_totals.customer_reference = native_keys.key_value
)

select
    customer_id,
    period_month,
    cast(sum(month_events) as bigint) as events
from resolved
where customer_id is not null
group by
    customer_id,
    period_month
