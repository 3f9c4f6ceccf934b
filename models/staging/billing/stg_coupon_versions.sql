-- What each delivery said of what a coupon takes off, where it said something new; a coupon deleted
-- from the list goes on for who has it.
with told as (
    {{ told_anew('coupons', 'coupon_id', [
        'percent_off',
        'amount_off',
        'currency',
        'duration',
        'duration_months',
        'product_ids',
        'currency_options',
    ]) }}
)

select
    {{ source_key('coupon_id') }} as coupon_id,
    cast(percent_off as {{ type_percent() }}) as percent_off,
    cast(amount_off as {{ type_money() }}) as amount_off,
    currency,
    duration,
    cast(duration_months as integer) as duration_months,
    {{ listed_keys('product_ids') }} as product_keys,
    currency_options,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from told
