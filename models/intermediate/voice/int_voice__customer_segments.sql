-- Grain: one row per customer, whether it ever paid or not, with its value in each type of segment.
-- DECISIONS.md#segments-of-an-answer
with customers as (
    select * from {{ ref('int_customers__customers') }}
),

accounts as (
    select * from {{ ref('int_identity__customer_accounts') }}
),

-- These come with the first MRR: a customer without any has none.
payer_segments as (
    select * from {{ ref('int_waterfall__customer_segments') }}
)

select
    customers.customer_id,
    customers.country,
    customers.sales_model,
    customers.acquisition_channel,
    coalesce(accounts.reseller_id, 'direct') as reseller,
    customers.currency,
    payer_segments.cohort_year,
    payer_segments.size_band
from customers
left join accounts
    on customers.customer_id = accounts.customer_id
left join payer_segments
    on customers.customer_id = payer_segments.customer_id
