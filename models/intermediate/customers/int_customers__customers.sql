{{ config(materialized='kept', by='customer') }}

-- Grain: one row per customer that bills know, after merges, tests and own accounts left out.
-- A customer that has items and no row of its own is still a customer.
with customers as (
    select * from {{ ref('stg_customers') }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
),

billed as (
    select
        customer_id,
        min(source_name) as source_name,
        min(currency) as currency
    from {{ ref('int_terms__item_versions') }}
    where {{ is_affected_row('int_terms__item_versions') }}
    group by customer_id
),

known as (
    select customers.*
    from customers
    left join customer_merges on customers.customer_id = customer_merges.merged_customer_id
    left join excluded on customers.customer_id = excluded.customer_id
    where
        customer_merges.merged_customer_id is null
        and excluded.customer_id is null
        and {{ is_affected_customer('customers.customer_id') }}
)

select
    coalesce(known.customer_id, billed.customer_id) as customer_id,
    coalesce(known.source_name, billed.source_name) as source_name,
    known.name,
    coalesce(
        {{ email_domain('known.domain') }}, known.domain, {{ email_domain('known.email') }}
    ) as email_domain,
    known.country,
    coalesce(known.currency, billed.currency) as currency,
    known.segment,
    known.sales_model,
    known.acquisition_channel,
    known.reseller_id,
    known.crm_account_id
from known
full outer join billed on known.customer_id = billed.customer_id
