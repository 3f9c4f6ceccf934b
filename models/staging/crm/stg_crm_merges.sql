with latest as (

    {{ latest_rows('crm_merges', ['object', 'merged_id']) }}

)

select
    -- CRMs name one object differently; what is not listed keeps its own name.
    case lower(trim(object))
        when 'account' then 'account'
        when 'accounts' then 'account'
        when 'company' then 'account'
        when 'companies' then 'account'
        when 'contact' then 'contact'
        when 'contacts' then 'contact'
        when 'lead' then 'lead'
        when 'leads' then 'lead'
        when 'deal' then 'deal'
        when 'deals' then 'deal'
        when 'opportunity' then 'deal'
        when 'opportunities' then 'deal'
        else lower(trim(object))
    end as object,
    {{ source_key('merged_id') }} as merged_id,
    {{ source_key('survivor_id') }} as survivor_id,
    -- A CRM that does not date its merges: known since the delivery that told it.
    coalesce(cast(merged_at as {{ type_instant() }}), _extracted_at) as merged_at,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
