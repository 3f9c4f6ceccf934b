-- Grain: one row per customer and type of segment, whether it ever paid or not.
with customers as (
    select * from {{ ref('int_mrr__customers') }}
)

select
    customer_id,
    'all' as segment_type,
    'all' as segment_value
from customers
union all
select
    customer_id,
    'country' as segment_type,
    coalesce(country, 'unknown') as segment_value
from customers
union all
select
    customer_id,
    'sales_model' as segment_type,
    coalesce(sales_model, 'unknown') as segment_value
from customers
union all
select
    customer_id,
    'acquisition_channel' as segment_type,
    coalesce(acquisition_channel, 'unknown') as segment_value
from customers
union all
select
    customer_id,
    'reseller' as segment_type,
    coalesce(reseller_id, 'direct') as segment_value
from customers
union all
select
    customer_id,
    'currency' as segment_type,
    coalesce(currency, 'unknown') as segment_value
from customers
