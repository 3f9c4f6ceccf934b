with latest as (
    {{ latest_rows('usage_records', ['usage_id']) }}
)

select
    {{ source_key('usage_id') }} as usage_id,
    {{ source_key('subscription_id') }} as subscription_id,
    {{ source_key('item_id') }} as item_id,
    cast(used_at as {{ type_instant() }}) as used_at,
    cast(quantity as {{ type_quantity() }}) as quantity,
    metric,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from latest
