-- Grain: one row per pair of tables, source and id that rows of the first table name of the second.
-- A pair is there where both of its tables were delivered.
-- DECISIONS.md#references-that-are-measured
-- DECISIONS.md#use-of-the-product
with account_references as (
    select reference
    from {{ ref('int_identity__account_references') }}
    where crm_account_id is not null
),

merged_records as (
    select merged_id
    from {{ ref('int_identity__merged_records') }}
    where object = 'deal'
),

known_deals as (
    select deal_id from {{ ref('stg_crm_deals') }}
    union distinct
    select merged_id as deal_id from merged_records
),

prices as (
    select
        price_id,
        source_name
    from {{ ref('stg_prices') }}
),

customers as (
    select
        customer_id,
        source_name
    from {{ ref('stg_customers') }}
),

customer_keys as (
    select key_value from {{ ref('int_voice__customer_keys') }}
),

subscriptions as (
    select subscription_id from {{ ref('stg_subscriptions') }}
    union distinct
    select subscription_id from {{ ref('stg_subscription_items') }}
),

invoice_ids as (
    select invoice_id as reference from {{ ref('stg_invoices') }}
    union distinct
    -- A payment provider names the invoices of the billing system by their own ids.
    select {{ native_id('invoice_id') }} as reference
    from {{ ref('stg_invoices') }}
),

deals as (
    {{ counted_references('stg_crm_deals', 'crm_account_id') }}
),

leads as (
    {{ counted_references('stg_crm_leads', 'crm_account_id') }}
),

converted_leads as (
    {{ counted_references('stg_crm_leads', 'converted_deal_id') }}
),

items as (
    {{ counted_references(
        'stg_subscription_items', 'price_id',
        'source_name in (select prices.source_name from prices)'
    ) }}
),

invoices as (
    {{ counted_references(
        'stg_invoices', 'customer_id',
        'source_name in (select customers.source_name from customers)'
    ) }}
),

payments as (
    {{ counted_references('stg_invoice_payments', 'invoice_id') }}
),

usage_records as (
    {{ counted_references('stg_usage_records', 'subscription_id') }}
),

used as (
    {{ counted_references('stg_product_usage', 'customer_reference') }}
),

users as (
    select
        used.source_name,
        used.reference_id,
        used.reference_rows,
        {{ customer_of_keys(by_email=false) }} is not null as is_matched
    from used
    {{ join_customer_keys('used', 'used.reference_id') }}
),

-- An answer or a ticket without an id and an address names nobody.
spoken as (
    select
        'answer > customer' as pair,
        source_name,
        response_id as reference_id,
        customer_id is not null as is_matched
    from {{ ref('int_voice__nps_answers') }}
    where is_customer_named
    union all
    select
        'ticket > customer' as pair,
        source_name,
        ticket_id as reference_id,
        customer_id is not null as is_matched
    from {{ ref('int_voice__customer_of_tickets') }}
    where is_customer_named
)

{% set pairs = [
    ['deal > account', 'deals', 'account_references', 'reference'],
    ['lead > account', 'leads', 'account_references', 'reference'],
    ['lead > deal', 'converted_leads', 'known_deals', 'deal_id'],
    ['item > price', 'items', 'prices', 'price_id'],
    ['invoice > customer', 'invoices', 'customers', 'customer_id'],
    ['usage > subscription', 'usage_records', 'subscriptions', 'subscription_id'],
] %}
{% for pair, referring, referred, key in pairs %}
    select
        '{{ pair }}' as pair,
        source_name,
        reference_id,
        reference_rows,
        reference_id in (select {{ referred }}.{{ key }} from {{ referred }}) as is_matched
    from {{ referring }}
    where exists (select 1 from {{ referred }})
    union all
{% endfor %}
select
    'payment > invoice' as pair,
    source_name,
    reference_id,
    reference_rows,
    {{ native_id('reference_id') }} in (select invoice_ids.reference from invoice_ids) as is_matched
from payments
where exists (select 1 from invoice_ids)
union all
select
    'product use > customer' as pair,
    source_name,
    reference_id,
    reference_rows,
    is_matched
from users
where exists (select 1 from customer_keys)
union all
select
    pair,
    source_name,
    reference_id,
    cast(1 as bigint) as reference_rows,
    is_matched
from spoken
where exists (select 1 from customer_keys)
