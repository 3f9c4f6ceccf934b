{{ config(materialized='kept', by='arrived', key='discount_id') }}

with latest as (
    {{ latest_rows('discounts', ['discount_id']) }}
)

select
    {{ source_key('discount_id') }} as discount_id,
    {{ source_key('customer_id') }} as customer_id,
    {{ source_key('subscription_id') }} as subscription_id,
    {{ source_key('item_id') }} as item_id,
    cast(percent_off as {{ type_percent() }}) as percent_off,
    cast(amount_off as {{ type_money() }}) as amount_off,
    currency,
    duration,
    cast(starts_at as {{ type_instant() }}) as starts_at,
    cast(ends_at as {{ type_instant() }}) as ends_at,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from latest
