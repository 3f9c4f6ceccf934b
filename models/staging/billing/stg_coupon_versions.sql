-- What each delivery said of what a coupon takes off, where it said something new; a coupon deleted
-- from the list goes on for who has it.
with observations as (
    {{ latest_rows('coupons', ['coupon_id', '_extracted_at']) }}
),

described as (
    select
        observations.*,
        {{ as_one_text([
            'percent_off',
            'amount_off',
            'currency',
            'duration',
            'duration_months',
            'product_ids',
        ]) }} as terms
    from observations
),

compared as (
    select
        described.*,
        lag(terms) over (
            partition by _source, coupon_id order by _extracted_at
        ) as previous_terms
    from described
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
from compared
where
    previous_terms is null
    or terms <> previous_terms
