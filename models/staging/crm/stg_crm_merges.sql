with latest as (

    {{ latest_rows('crm_merges', ['object', 'merged_id']) }}

)

select
    object,
    merged_id,
    survivor_id,
    cast(merged_at as {{ type_instant() }}) as merged_at,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
