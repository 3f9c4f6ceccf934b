{{ config(materialized='kept', by='arrived', key='discount_id') }}

-- What each delivery said of a discount, where it said something new: what was said before stays
-- true of its time. A discount that is no longer listed is told as deleted.
with told as (
    {{ told_anew('discounts', 'discount_id', [
        'customer_id',
        'subscription_id',
        'item_id',
        'percent_off',
        'amount_off',
        'currency',
        'duration',
        'starts_at',
        'ends_at',
        'coupon_id',
        'product_ids',
    ], keep_deleted=true) }}
)

select
    {{ source_key('discount_id') }} as discount_id,
    {{ source_key('customer_id') }} as customer_id,
    {{ source_key('subscription_id') }} as subscription_id,
    {{ source_key('item_id') }} as item_id,
    cast(percent_off as {{ type_percent() }}) as percent_off,
    cast(amount_off as {{ type_money() }}) as amount_off,
    currency,
    duration,
    cast(starts_at as {{ type_instant() }}) as starts_at,
    cast(ends_at as {{ type_instant() }}) as ends_at,
    {{ source_key('coupon_id') }} as coupon_id,
    {{ listed_keys('product_ids') }} as product_keys,
    ---------- lineage
    is_first,
    _is_deleted as is_deleted,
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from told
