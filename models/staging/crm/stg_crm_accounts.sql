with latest as (

    {{ latest_rows('crm_accounts', ['crm_account_id']) }}

)

select
    {{ source_key('crm_account_id') }} as crm_account_id,
    name,
    lifecycle,
    domain,
    website,
    email,
    legal_id,
    vat_id,
    accounting_code,
    billing_customer_id,
    {{ source_key('parent_id') }} as parent_id,
    owner,
    cast(is_reseller as boolean) as is_reseller,
    reseller_id,
    cast(created_at as {{ type_instant() }}) as created_at,
    cast(updated_at as {{ type_instant() }}) as updated_at,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
