-- Grain: one row per paying customer, the largest first.
with customers as (
    select * from {{ source('saas_metrics', 'dim_customers') }}
    where mrr > 0
),

health as (
    select
        customer_id,
        band
    from {{ source('saas_metrics', 'fct_customer_health') }}
    where period_month = (
        select max(latest.period_month) from {{ source('saas_metrics', 'fct_customer_health') }} as latest
    )
)

select
    customers.customer_id,
    customers.mrr,
    health.band,
    row_number() over (order by customers.mrr desc, customers.customer_id) as place
from customers
left join health on customers.customer_id = health.customer_id
