-- Grain: one row per text that names a CRM account: its id, with or without its source's name.
with accounts as (
    select
        crm_account_id,
        source_name
    from {{ ref('stg_crm_accounts') }}
),

texts as (
    select
        crm_account_id as reference,
        crm_account_id
    from accounts

    union distinct

    select
        {{ native_id('crm_account_id') }} as reference,
        crm_account_id
    from accounts
)

select
    reference,
    min(crm_account_id) as crm_account_id
from texts
group by reference
having count(*) = 1
