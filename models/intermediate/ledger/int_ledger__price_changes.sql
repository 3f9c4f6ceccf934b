-- Grain: one row per ledger row at which the price of an item became another.
-- What a quantity does to the mean price of tiers or packages is no change of the price, nor is
-- what passes to another plan; another interval, currency or discount has no price effect at all.
-- Tiers, packages and another billing scheme have no unit price that went the way of the effect.
-- DECISIONS.md#what-a-price-change-is
with ledger as (
    select * from {{ ref('int_ledger__native_ledger') }}
    where
        price_effect_native <> 0
        and not {{ is_plan_change() }}
),

states as (
    select * from {{ ref('int_states__item_states') }}
),

priced as (
    select
        ledger.*,
        before.unit_amount as unit_price_before,
        after.unit_amount as unit_price_after,
        coalesce(
            before.billing_scheme = after.billing_scheme
            and sign(after.unit_amount - before.unit_amount) = sign(ledger.price_effect_native),
            false
        ) as is_unit_price
    from ledger
    inner join states as before
        on
            ledger.subscription_id = before.subscription_id
            and ledger.item_id = before.item_id
            and ledger.effective_at = before.end_at
            and ledger.customer_id = before.customer_id
            and ledger.currency = before.currency
    inner join states as after
        on
            ledger.subscription_id = after.subscription_id
            and ledger.item_id = after.item_id
            and ledger.effective_at = after.start_at
            and ledger.customer_id = after.customer_id
            and ledger.currency = after.currency
    -- What is only known from invoices may be a part of a period, or the price of another quantity.
    where
        not before.needs_invoice_amount
        and not after.needs_invoice_amount
)

select
    ledger_id,
    customer_id,
    effective_date,
    coalesce(plan_name, product_id, price_id, 'unknown') as plan,
    currency,
    billing_interval,
    case when is_unit_price then unit_price_before end as unit_price_before,
    case when is_unit_price then unit_price_after end as unit_price_after,
    case when price_effect_native > 0 then 'rise' else 'cut' end as direction,
    source_name,
    source_file,
    source_line
from priced
where
    quantity_before = quantity_after
    or is_unit_price
