with latest as (
    {{ latest_rows('credit_notes', ['credit_note_id']) }}
)

select
    {{ source_key('credit_note_id') }} as credit_note_id,
    {{ source_key('invoice_id') }} as invoice_id,
    {{ source_key('customer_id') }} as customer_id,
    status,
    cast(amount_ex_tax as {{ type_money() }}) as amount_ex_tax,
    cast(tax as {{ type_money() }}) as tax,
    currency,
    cast(issued_at as {{ type_instant() }}) as issued_at,
    cast(voided_at as {{ type_instant() }}) as voided_at,
    reason,
    coalesce(cast(is_write_off as boolean), false) as is_write_off,
    cast(refunded_amount as {{ type_money() }}) as refunded_amount,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
