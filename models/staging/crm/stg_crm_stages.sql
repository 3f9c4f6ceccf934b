with latest as (

    {{ latest_rows('crm_stages', ['pipeline', 'stage']) }}

)

select
    pipeline,
    stage,
    label,
    cast(position as bigint) as position,
    outcome,
    funnel_stage,
    cast(probability as {{ type_quantity() }}) as probability,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
