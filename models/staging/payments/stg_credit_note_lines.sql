with latest as (
    {{ latest_rows('credit_note_lines', ['credit_note_id', 'credit_note_line_id']) }}
)

select
    {{ source_key('credit_note_id') }} as credit_note_id,
    credit_note_line_id,
    line_id,
    cast(amount_ex_tax as {{ type_money() }}) as amount_ex_tax,
    currency,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
