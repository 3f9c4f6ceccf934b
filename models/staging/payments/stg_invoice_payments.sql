{{ config(materialized='kept', by='arrived', key='invoice_id') }}

with latest as (
    {{ latest_rows('invoice_payments', ['invoice_id', 'payment_id']) }}
)

select
    {{ source_key('invoice_id') }} as invoice_id,
    {{ source_key('payment_id') }} as payment_id,
    cast(amount_applied as {{ type_money() }}) as amount_applied,
    currency,
    cast(applied_at as {{ type_instant() }}) as applied_at,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
