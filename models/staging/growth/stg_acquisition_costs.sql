with latest as (
    {{ latest_rows('acquisition_costs', ['cost_month', 'category', 'channel']) }}
)

select
    cast(cost_month as date) as cost_month,
    category,
    channel,
    cast(amount as {{ type_money() }}) as amount,
    currency,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
