-- What each delivery said of what a price costs, where it said something new; a price deleted from
-- the list goes on for who has it. The first that is known stands for the time before it too.
with told as (
    {{ told_anew('prices', 'price_id', [
        'currency',
        'unit_amount',
        'billing_scheme',
        'tiers',
        'currency_options',
        'package_size',
        'package_rounding',
    ]) }}
)

select
    {{ source_key('price_id') }} as price_id,
    currency,
    cast(unit_amount as {{ type_price() }}) as unit_amount,
    billing_scheme,
    cast(package_size as {{ type_quantity() }}) as package_size,
    package_rounding,
    tiers,
    currency_options,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from told
