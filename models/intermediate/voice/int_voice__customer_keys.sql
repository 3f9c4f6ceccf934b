{{ config(materialized='table') }}

-- Grain: one row per kind of key and value that can name a customer.
-- A customer that only bills know has the keys of its id.
-- A table, as the answers are: each is asked for many times over, and to plan it anew in every
-- model that reads it took more than to make it.
-- DECISIONS.md#the-customer-of-an-answer-or-ticket
-- DECISIONS.md#a-customer-that-only-bills-know
with customer_records as (
    select * from {{ ref('int_identity__customer_records') }}
),

customer_accounts as (
    select * from {{ ref('int_identity__customer_accounts') }}
),

account_references as (
    select * from {{ ref('int_identity__account_references') }}
),

contacts as (
    select * from {{ ref('stg_crm_contacts') }}
),

surviving_customers as (
    select
        customer_id,
        record_id as own_id,
        native_id,
        email
    from customer_records
),

-- One cell may hold several addresses.
addresses as (
    select
        'email' as key_kind,
        {{ each_address('email') }} as key_value,
        customer_id
    from surviving_customers
    union all
    -- A contact speaks for the customer of its account.
    select
        'contact_email' as key_kind,
        {{ each_address('contacts.email') }} as key_value,
        customer_accounts.customer_id
    from contacts
    inner join account_references
        on contacts.crm_account_id = account_references.reference
    inner join customer_accounts
        on account_references.crm_account_id = customer_accounts.crm_account_id
),

keys as (
    select
        'customer_id' as key_kind,
        own_id as key_value,
        customer_id
    from surviving_customers
    union all
    select
        'native_id' as key_kind,
        native_id as key_value,
        customer_id
    from surviving_customers
    union all
    select * from addresses
    where key_value like '%@%'
)

-- Two customers with one address, or one id in two sources: nobody can say which is meant.
select
    key_kind,
    key_value,
    case when count(distinct customer_id) = 1 then min(customer_id) end as customer_id
from keys
group by
    key_kind,
    key_value
