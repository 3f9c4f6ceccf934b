with latest as (
    {{ latest_rows('fx_rates', ['rate_on', 'base', 'quote']) }}
)

select
    cast(rate_on as date) as rate_on,
    base,
    quote,
    cast(rate as {{ type_exchange_rate() }}) as rate,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from latest
