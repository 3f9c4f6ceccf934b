{{ config(materialized='table') }}

-- Grain: one row per text that can name a CRM account: its id, with and without the source's name.
-- Ids of accounts merged away long ago still name their survivor.
with records as (

    select
        record_id,
        source_name,
        crm_account_id
    from {{ ref('int_identity__account_records') }}
    where crm_account_id is not null

),

merged_accounts as (

    select
        merged_records.merged_id as record_id,
        merged_records.source_name,
        records.crm_account_id
    from {{ ref('int_identity__merged_records') }} as merged_records
    inner join records on merged_records.survivor_id = records.record_id
    where merged_records.object = 'account'

),

named as (

    select * from records
    union all
    select * from merged_accounts

),

texts as (

    select
        record_id as reference,
        crm_account_id
    from named

    union distinct

    select
        {{ native_id('record_id') }} as reference,
        crm_account_id
    from named

)

select
    reference,
    case when count(*) = 1 then min(crm_account_id) end as crm_account_id,
    count(*) as named_accounts
from texts
group by reference
