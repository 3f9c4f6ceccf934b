{{ config(materialized='kept', by='segment') }}

-- Grain: one row per customer that ever had MRR, with its value in each type of segment.
-- All of them are the customer's own, so a customer is in one segment of each type for all months.
-- DECISIONS.md#segments-of-a-customer
-- DECISIONS.md#the-size-band-of-a-customer
-- DECISIONS.md#a-customer-without-a-label
with customers as (
    select * from {{ ref('int_customers__customers') }}
),

accounts as (
    select * from {{ ref('int_identity__customer_accounts') }}
),

firsts as (
    select * from {{ ref('int_movements__first_movements') }}
    where {{ is_regrouped_customer() }}
),

bands as (
    select * from {{ ref('size_bands') }}
)

select
    firsts.customer_id,
    coalesce(customers.country, 'unknown') as country,
    coalesce(customers.sales_model, 'unknown') as sales_model,
    coalesce(customers.acquisition_channel, 'unknown') as acquisition_channel,
    {{ reseller_segment('accounts.reseller_id') }} as reseller,
    coalesce(customers.currency, 'unknown') as currency,
    cast(extract(year from firsts.first_mrr_on) as {{ dbt.type_string() }}) as cohort_year,
    coalesce(bands.size_band, 'unknown') as size_band
from firsts
inner join customers on firsts.customer_id = customers.customer_id
left join accounts on firsts.customer_id = accounts.customer_id
left join bands
    on
        firsts.first_mrr >= bands.from_mrr
        and (bands.below_mrr is null or firsts.first_mrr < bands.below_mrr)
