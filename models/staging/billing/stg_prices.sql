-- A price that was deleted from the list stands as it was last listed: who has it keeps it.
with latest as (
    {{ latest_rows('prices', ['price_id'], keep_last=true) }}
)

select
    {{ source_key('price_id') }} as price_id,
    {{ source_key('product_id') }} as product_id,
    product_name,
    plan_name,
    currency,
    cast(unit_amount as {{ type_price() }}) as unit_amount,
    billing_scheme,
    usage_type,
    interval_unit,
    cast(interval_count as integer) as interval_count,
    cast(is_addon as boolean) as is_addon,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from latest
