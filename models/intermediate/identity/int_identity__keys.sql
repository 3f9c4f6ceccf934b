-- Grain: one row per customer or account, rule and value by which the rule compares them.
with legal_numbers as (

    select * from {{ ref('int_identity__legal_numbers') }}
    where is_valid

),

addresses as (

    select
        addresses.side,
        addresses.entity_id,
        addresses.address_type,
        addresses.address,
        hosts.host_type,
        hosts.registrable_domain
    from {{ ref('int_identity__addresses') }} as addresses
    inner join {{ ref('int_identity__hosts') }} as hosts on addresses.host = hosts.host

),

customer_references as (

    select * from {{ ref('int_identity__customer_references') }}
    where customer_id is not null

),

accounting_codes as (

    select
        crm_account_id,
        upper(trim(accounting_code)) as accounting_code
    from {{ ref('int_identity__account_records') }}
    where
        crm_account_id is not null
        and trim(accounting_code) <> ''

),

keys as (

    select
        side,
        entity_id,
        'legal_id' as rule,
        1 as precision_rank,
        identifier as key_value
    from legal_numbers

    union all

    -- An establishment's number and a VAT number both name the company behind them.
    select
        side,
        entity_id,
        'legal_id' as rule,
        2 as precision_rank,
        'SIREN ' || siren as key_value
    from legal_numbers
    where siren is not null

    union all

    select
        'customer' as side,
        customer_id as entity_id,
        'accounting_code' as rule,
        1 as precision_rank,
        upper(reference) as key_value
    from customer_references

    union all

    select
        'account' as side,
        crm_account_id as entity_id,
        'accounting_code' as rule,
        1 as precision_rank,
        accounting_code as key_value
    from accounting_codes

    union all

    -- 411 is the customers' collective account of the French chart: 411ACME is the customer ACME.
    select
        'account' as side,
        crm_account_id as entity_id,
        'accounting_code' as rule,
        2 as precision_rank,
        substr(accounting_code, 4) as key_value
    from accounting_codes
    where accounting_code like '411___%'

    union all

    -- A private address is a person's own; an agency's is that of all its clients.
    select
        side,
        entity_id,
        'email' as rule,
        1 as precision_rank,
        address as key_value
    from addresses
    where
        address_type in ('email', 'contact')
        and address like '%_@%'
        and host_type in ('company', 'free_mail', 'public_suffix')

    union all

    select
        side,
        entity_id,
        'domain' as rule,
        1 as precision_rank,
        registrable_domain as key_value
    from addresses
    where
        address_type in ('email', 'web')
        and host_type = 'company'

)

select
    side,
    entity_id,
    rule,
    key_value,
    min(precision_rank) as precision_rank
from keys
group by side, entity_id, rule, key_value
