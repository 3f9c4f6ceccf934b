{{ config(materialized='kept', by='arrived', key='invoice_id') }}

with latest as (
    {{ latest_rows('invoice_lines', ['invoice_id', 'line_id']) }}
)

select
    {{ source_key('invoice_id') }} as invoice_id,
    line_id,
    {{ source_key('subscription_id') }} as subscription_id,
    {{ source_key('item_id') }} as item_id,
    {{ source_key('price_id') }} as price_id,
    kind,
    cast(is_proration as boolean) as is_proration,
    cast(quantity as {{ type_quantity() }}) as quantity,
    cast(unit_amount as {{ type_price() }}) as unit_amount,
    cast(amount_ex_tax as {{ type_money() }}) as amount_ex_tax,
    cast(discount_amount as {{ type_money() }}) as discount_amount,
    cast(tax_amount as {{ type_money() }}) as tax_amount,
    currency,
    cast(service_start_at as {{ type_instant() }}) as service_start_at,
    cast(service_end_at as {{ type_instant() }}) as service_end_at,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from latest
