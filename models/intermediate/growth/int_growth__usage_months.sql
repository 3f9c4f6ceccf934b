-- Grain: one row per customer and month in which its use of the product was counted.
with product_usage as (
    select * from {{ ref('stg_product_usage') }}
    where used_on <= {{ as_of_date() }}
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
        {{ customer_of_keys(by_email=false) }} as customer_id,
        usage_totals.period_month,
        usage_totals.month_events
    from usage_totals
    {{ join_customer_keys('usage_totals', 'usage_totals.customer_reference') }}
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
