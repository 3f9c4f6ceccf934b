-- Grain: one row per text by which a source names a reseller.
with texts as (

    select trim(reseller_id) as reference
    from {{ ref('int_identity__customer_records') }}

    union distinct

    select trim(reseller_id) as reference
    from {{ ref('int_identity__account_records') }}

    union distinct

    select trim(reseller_id) as reference
    from {{ ref('stg_crm_deals') }}

),

account_references as (

    select * from {{ ref('int_identity__account_references') }}

)

select
    texts.reference,
    account_references.crm_account_id,
    -- Billing and CRM write one reseller differently: where it is an account, that id names it.
    coalesce(account_references.crm_account_id, texts.reference) as reseller_id
from texts
left join account_references on texts.reference = account_references.reference
where texts.reference <> ''
