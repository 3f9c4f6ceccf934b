-- Grain: one row per price and quantity in use, for prices made of tiers.
-- `tiered` charges each unit at its own tier; `volume` charges all units at the tier the total
-- falls in.
with uses as (
    select distinct
        price_id,
        billing_scheme,
        quantity
    from {{ ref('int_mrr__item_statuses') }}
    where billing_scheme in ('tiered', 'volume')
),

tiers as (
    select
        tiers.*,
        coalesce(
            lag(tiers.up_to) over (partition by tiers.price_id order by tiers.up_to nulls last), 0
        ) as above
    from {{ ref('stg_price_tiers') }} as tiers
),

parts as (
    select
        uses.price_id,
        uses.billing_scheme,
        uses.quantity,
        case
            when uses.billing_scheme = 'volume' then uses.quantity
            when tiers.up_to is null then uses.quantity - tiers.above
            else least(uses.quantity, tiers.up_to) - tiers.above
        end as units,
        coalesce(tiers.unit_amount, 0) as unit_amount,
        coalesce(tiers.flat_amount, 0) as flat_amount
    from uses
    inner join tiers
        on
            uses.price_id = tiers.price_id
            and uses.quantity > tiers.above
            and (
                uses.billing_scheme = 'tiered'
                or tiers.up_to is null
                or uses.quantity <= tiers.up_to
            )
)

select
    price_id,
    billing_scheme,
    quantity,
    cast(sum(units * unit_amount + flat_amount) as {{ type_exact() }}) as list_amount
from parts
group by price_id, billing_scheme, quantity
