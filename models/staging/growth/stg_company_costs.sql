with latest as (
    {{ latest_rows('company_costs', ['cost_month', 'category']) }}
)

select
    cast(cost_month as date) as cost_month,
    category,
    cast(amount as {{ type_money() }}) as amount,
    currency,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
