with latest as (
    {{ latest_rows('survey_responses', ['response_id']) }}
)

select
    {{ source_key('response_id') }} as response_id,
    {{ source_key('survey') }} as survey,
    survey_type,
    cast(score as bigint) as score,
    comment,
    tags,
    respondent,
    customer_id as customer_reference,
    cast(responded_at as {{ type_instant() }}) as responded_at,
    cast(sent_at as {{ type_instant() }}) as sent_at,
    cast(updated_at as {{ type_instant() }}) as updated_at,
    cast(excluded as boolean) as excluded,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
