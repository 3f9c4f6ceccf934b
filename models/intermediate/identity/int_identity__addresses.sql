{{ config(materialized='table') }}

-- Grain: one row per customer or account and e-mail or web address that it holds.
-- DECISIONS.md#several-addresses-in-one-cell
with account_records as (

    select * from {{ ref('int_identity__account_records') }}
    where crm_account_id is not null

),

customer_records as (

    select * from {{ ref('int_identity__customer_records') }}

),

contacts as (

    select * from {{ ref('stg_crm_contacts') }}

),

account_references as (

    select * from {{ ref('int_identity__account_references') }}

),

texts as (

    select
        'customer' as side,
        customer_id as entity_id,
        'email' as address_type,
        email as address
    from customer_records

    union all

    select
        'customer' as side,
        customer_id as entity_id,
        'web' as address_type,
        domain as address
    from customer_records

    union all

    select
        'account' as side,
        crm_account_id as entity_id,
        'email' as address_type,
        email as address
    from account_records

    union all

    select
        'account' as side,
        crm_account_id as entity_id,
        'web' as address_type,
        domain as address
    from account_records

    union all

    select
        'account' as side,
        crm_account_id as entity_id,
        'web' as address_type,
        website as address
    from account_records

    union all

    -- A contact's address stands for its account, but people bring private and agency domains.
    select
        'account' as side,
        account_references.crm_account_id as entity_id,
        'contact' as address_type,
        contacts.email as address
    from contacts
    inner join account_references on contacts.crm_account_id = account_references.reference
    where account_references.crm_account_id is not null

),

-- One cell may hold several e-mail addresses, and names of people between them.
words as (

    select
        side,
        entity_id,
        address_type,
        {{ each_address('address') }} as address
    from texts
    where address_type <> 'web'

),

addresses as (

    select * from words
    where address like '%@%'

    union all

    select
        side,
        entity_id,
        address_type,
        lower(trim(address)) as address
    from texts
    where
        address_type = 'web'
        or address not like '%@%'

)

select distinct
    side,
    entity_id,
    address_type,
    address,
    {{ host_part('address') }} as host
from addresses
where address <> ''
