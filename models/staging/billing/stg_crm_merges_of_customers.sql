-- Customers that a source merged into another one; merges of CRM records are the CRM's own.
with latest as (
    {{ latest_rows('crm_merges', ['object', 'merged_id']) }}
)

select
    {{ source_key('merged_id') }} as merged_customer_id,
    {{ source_key('survivor_id') }} as survivor_customer_id,
    cast(merged_at as {{ type_instant() }}) as merged_at,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from latest
where object = 'customer'
