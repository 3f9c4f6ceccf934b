{{ config(materialized='kept', by='segment') }}

-- Grain: one row per customer, whether it ever paid or not, with its value in each type of segment.
-- All of them are the customer's own, so a customer is in one segment of each type for all months.
-- The cohort year and the size band come with the first MRR: who never had any has neither.
-- DECISIONS.md#segments-of-a-customer
-- DECISIONS.md#the-size-band-of-a-customer
-- DECISIONS.md#a-customer-without-a-label
with customers as (
    select * from {{ ref('int_customers__customers') }}
    where {{ is_regrouped_customer() }}
),

accounts as (
    select * from {{ ref('int_identity__customer_accounts') }}
),

firsts as (
    select * from {{ ref('int_movements__first_movements') }}
),

bands as (
    select * from {{ ref('size_bands') }}
)

select
    customers.customer_id,
    coalesce(customers.country, 'unknown') as country,
    coalesce(customers.sales_model, 'unknown') as sales_model,
    coalesce(customers.acquisition_channel, 'unknown') as acquisition_channel,
    {{ reseller_segment('accounts.reseller_id') }} as reseller,
    coalesce(customers.currency, 'unknown') as currency,
    cast(extract(year from firsts.first_mrr_on) as {{ dbt.type_string() }}) as cohort_year,
    case when firsts.customer_id is not null then coalesce(bands.size_band, 'unknown') end
        as size_band
from customers
left join accounts on customers.customer_id = accounts.customer_id
left join firsts on customers.customer_id = firsts.customer_id
left join bands
    on
        firsts.first_mrr >= bands.from_mrr
        and (bands.below_mrr is null or firsts.first_mrr < bands.below_mrr)
