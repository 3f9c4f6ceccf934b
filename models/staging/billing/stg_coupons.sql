-- A coupon that was deleted from the list stands as it was last listed: who has it keeps it.
with latest as (
    {{ latest_rows('coupons', ['coupon_id'], keep_last=true) }}
)

select
    {{ source_key('coupon_id') }} as coupon_id,
    cast(percent_off as {{ type_percent() }}) as percent_off,
    cast(amount_off as {{ type_money() }}) as amount_off,
    currency,
    duration,
    cast(duration_months as integer) as duration_months,
    {{ listed_keys('product_ids') }} as product_keys,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from latest
