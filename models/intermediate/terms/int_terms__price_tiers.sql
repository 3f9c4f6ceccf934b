-- Grain: one row per version of a price and tier, in the major unit.
with versions as (
    select * from {{ ref('int_terms__price_versions') }}
    where tiers is not null
),

tiers as (
    select
        price_id,
        currency,
        version_number,
        {{ json_elements('tiers') }} as tier
    from versions
)

select
    price_id,
    currency,
    version_number,
    cast({{ json_text('tier', 'up_to') }} as {{ type_quantity() }}) as up_to,
    cast({{ json_text('tier', 'unit_amount') }} as {{ type_price() }}) as unit_amount,
    cast({{ json_text('tier', 'flat_amount') }} as {{ type_price() }}) as flat_amount
from tiers
