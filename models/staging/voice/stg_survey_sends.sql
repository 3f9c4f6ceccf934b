with latest as (
    {{ latest_rows('survey_sends', ['send_id']) }}
)

select
    {{ source_key('send_id') }} as send_id,
    {{ source_key('survey') }} as survey,
    respondent,
    cast(sent_at as {{ type_instant() }}) as sent_at,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
