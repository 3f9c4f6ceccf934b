with latest as (

    {{ latest_rows('crm_contacts', ['contact_id']) }}

)

select
    {{ source_key('contact_id') }} as contact_id,
    {{ source_key('crm_account_id') }} as crm_account_id,
    email,
    lifecycle,
    cast(created_at as {{ type_instant() }}) as created_at,
    original_source,
    campaign,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
