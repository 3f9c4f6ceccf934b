{{ config(materialized='table') }}

-- Grain: one row per account record that a CRM delivered.
-- It comes with the account that carries it after merges.
with accounts as (

    select * from {{ ref('stg_crm_accounts') }}

),

merged_accounts as (

    select * from {{ ref('int_identity__merged_records') }}
    where object = 'account'

),

carried as (

    select
        accounts.*,
        -- In a circle nobody survives: each account stays itself.
        coalesce(merged_accounts.survivor_id, accounts.crm_account_id) as survivor_id
    from accounts
    left join merged_accounts on accounts.crm_account_id = merged_accounts.merged_id

)

select
    carried.crm_account_id as record_id,
    survivors.crm_account_id,
    carried.crm_account_id = carried.survivor_id as is_survivor,
    carried.name,
    carried.lifecycle,
    carried.domain,
    carried.website,
    carried.email,
    carried.legal_id,
    carried.vat_id,
    carried.accounting_code,
    carried.billing_customer_id,
    coalesce(carried.is_reseller, false) as is_reseller,
    carried.reseller_id,
    carried.source_name,
    carried.source_file,
    carried.source_line
from carried
left join accounts as survivors on carried.survivor_id = survivors.crm_account_id
