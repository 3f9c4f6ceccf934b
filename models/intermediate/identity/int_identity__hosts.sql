{{ config(materialized='table') }}

-- Grain: one row per host of an address, with the domain somebody registered for it.
-- DECISIONS.md#public-suffixes
with hosts as (

    -- What is no host has no row here, and its address is no evidence.
    select distinct host
    from {{ ref('int_identity__addresses') }}
    where {{ is_host('host') }}

),

suffixes as (

    select * from {{ ref('public_suffixes') }}

),

free_mail_domains as (

    select * from {{ ref('free_mail_domains') }}

),

agency_domains as (

    select * from {{ ref('agency_domains') }}

),

labelled as (

    select
        host,
        {{ last_labels('host', 2) }} as last_two,
        {{ last_labels('host', 3) }} as last_three,
        {{ last_labels('host', 4) }} as last_four
    from hosts

),

registered as (

    select
        labelled.host,
        -- The longest suffix wins; a top-level domain is a suffix without being listed. A host that
        -- is itself a suffix belongs to nobody in particular, and has no label left: NULL.
        case
            when suffixes_of_three.suffix is not null then labelled.last_four
            when suffixes_of_two.suffix is not null then labelled.last_three
            else labelled.last_two
        end as registrable_domain
    from labelled
    left join suffixes as suffixes_of_two on labelled.last_two = suffixes_of_two.suffix
    left join suffixes as suffixes_of_three on labelled.last_three = suffixes_of_three.suffix

),

reseller_domains as (

    -- A reseller's address on a customer's invoice says who pays, not who uses.
    select distinct registered.registrable_domain
    from {{ ref('int_identity__addresses') }} as addresses
    inner join {{ ref('int_identity__account_records') }} as account_records
        on addresses.entity_id = account_records.crm_account_id
    inner join registered on addresses.host = registered.host
    where
        addresses.side = 'account'
        and addresses.address_type <> 'contact'
        and account_records.is_reseller

)

select
    registered.host,
    registered.registrable_domain,
    case
        when registered.registrable_domain is null then 'public_suffix'
        when free_mail_domains.domain is not null then 'free_mail'
        when agency_domains.domain is not null then 'agency'
        when reseller_domains.registrable_domain is not null then 'agency'
        else 'company'
    end as host_type
from registered
left join free_mail_domains on registered.registrable_domain = free_mail_domains.domain
left join agency_domains on registered.registrable_domain = agency_domains.domain
left join reseller_domains on registered.registrable_domain = reseller_domains.registrable_domain
