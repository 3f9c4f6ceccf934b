{{ config(materialized='kept', by='arrived', key='change_id') }}

with latest as (
    {{ latest_rows('subscription_changes', ['change_id']) }}
)

select
    {{ source_key('change_id') }} as change_id,
    {{ source_key('subscription_id') }} as subscription_id,
    {{ source_key('item_id') }} as item_id,
    {{ source_key('customer_id') }} as customer_id,
    {{ source_key('product_id') }} as product_id,
    {{ source_key('price_id') }} as price_id,
    cast(occurred_at as {{ type_instant() }}) as occurred_at,
    cast(mrr_delta as {{ type_money() }}) as mrr_delta,
    cast(quantity_delta as {{ type_quantity() }}) as quantity_delta,
    currency,
    kind,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from latest
