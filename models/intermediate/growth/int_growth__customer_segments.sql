-- Grain: one row per customer and type of segment, whether it ever paid or not.
with customers as (
    select
        customers.*,
        accounts.reseller_id as resolved_reseller_id
    from {{ ref('int_customers__customers') }} as customers
    left join {{ ref('int_identity__customer_accounts') }} as accounts
        on customers.customer_id = accounts.customer_id
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
    coalesce(resolved_reseller_id, 'direct') as segment_value
from customers
union all
select
    customer_id,
    'currency' as segment_type,
    coalesce(currency, 'unknown') as segment_value
from customers
