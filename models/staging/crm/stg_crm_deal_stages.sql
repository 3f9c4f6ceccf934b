with latest as (

    {{ latest_rows('crm_deal_stages', ['deal_id', 'entered_at', 'stage']) }}

)

select
    {{ source_key('deal_id') }} as deal_id,
    cast(entered_at as {{ type_instant() }}) as entered_at,
    stage,
    cast(left_at as {{ type_instant() }}) as left_at,
    pipeline,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
