{{ config(materialized='table') }}

-- Grain: one row per version of a price and tier, with what all the units of the tiers below it
-- cost together.
with versions as (
    select * from {{ ref('int_terms__price_versions') }}
    where tiers is not null
),

listed as (
    select
        price_id,
        currency,
        version_number,
        {{ json_elements('tiers') }} as tier
    from versions
),

read_tiers as (
    select
        price_id,
        currency,
        version_number,
        cast({{ json_text('tier', 'up_to') }} as {{ type_quantity() }}) as up_to,
        cast({{ json_text('tier', 'unit_amount') }} as {{ type_price() }}) as unit_amount,
        cast({{ json_text('tier', 'flat_amount') }} as {{ type_price() }}) as flat_amount
    from listed
),

tiers as (
    select
        price_id,
        currency,
        version_number,
        up_to,
        coalesce(unit_amount, 0) as unit_amount,
        coalesce(flat_amount, 0) as flat_amount,
        coalesce(
            lag(up_to) over (
                partition by price_id, currency, version_number order by up_to nulls last
            ),
            0
        ) as above
    from read_tiers
)

select
    price_id,
    currency,
    version_number,
    above,
    up_to,
    unit_amount,
    flat_amount,
    coalesce(
        cast(
            sum((up_to - above) * unit_amount + flat_amount) over (
                partition by price_id, currency, version_number
                order by up_to nulls last
                rows between unbounded preceding and 1 preceding
            ) as {{ type_exact() }}
        ),
        0
    ) as amount_below,
    lead(above) over (
        partition by price_id, currency, version_number order by up_to nulls last
    ) is null as is_last
from tiers
