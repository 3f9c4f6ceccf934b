with latest as (
    {{ latest_rows('product_usage', ['customer_id', 'used_on', 'feature']) }}
)

select
    customer_id as customer_reference,
    cast(used_on as date) as used_on,
    feature,
    cast(events as bigint) as events,
    cast(active_users as bigint) as active_users,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
