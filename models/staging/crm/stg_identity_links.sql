with latest as (

    {{ latest_rows('identity_links', ['customer_id', 'crm_account_id', 'valid_from']) }}

)

select
    -- Written by a person: either id may stand alone or carry the name of its source.
    trim(customer_id) as customer_reference,
    trim(crm_account_id) as account_reference,
    cast(valid_from as {{ type_instant() }}) as valid_from,
    reason,
    made_by,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
