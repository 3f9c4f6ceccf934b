with latest as (
    {{ latest_rows('tickets', ['ticket_id']) }}
)

select
    {{ source_key('ticket_id') }} as ticket_id,
    customer_id as customer_reference,
    email,
    cast(opened_at as {{ type_instant() }}) as opened_at,
    cast(first_reply_at as {{ type_instant() }}) as first_reply_at,
    cast(solved_at as {{ type_instant() }}) as solved_at,
    cast(reopened_count as bigint) as reopened_count,
    cast(csat as bigint) as csat,
    channel,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
