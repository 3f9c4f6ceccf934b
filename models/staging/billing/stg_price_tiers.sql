-- One row per price and tier, in the order of the tiers. A tier's amounts are in the major unit.
with prices as (
    select
        price_id,
        tiers
    from {{ ref('stg_prices') }}
    where tiers is not null
),

tiers as (
    select
        price_id,
        {{ json_elements('tiers') }} as tier
    from prices
)

select
    price_id,
    cast({{ json_text('tier', 'up_to') }} as {{ type_quantity() }}) as up_to,
    cast({{ json_text('tier', 'unit_amount') }} as {{ type_price() }}) as unit_amount,
    cast({{ json_text('tier', 'flat_amount') }} as {{ type_price() }}) as flat_amount
from tiers
