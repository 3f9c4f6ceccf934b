-- Grain: one row per item and interval, with its list amount per invoice, before any discount.
-- An amount that nothing can tell stays NULL: the finding names it, and it is never counted as 0.
with items as (
    select * from {{ ref('int_mrr__item_statuses') }}
),

steps as (
    select * from {{ ref('int_mrr__price_steps') }}
),

invoiced as (
    select * from {{ ref('int_mrr__last_invoiced_amounts') }}
),

-- `tiered` charges each unit at its own tier; `volume` charges all units at the tier the total
-- falls in.
priced as (
    select
        items.*,
        case
            when items.quantity = 0 then cast(0 as {{ type_exact() }})
            when items.billing_scheme = 'per_unit'
                then cast(items.quantity * items.unit_amount as {{ type_exact() }})
            when items.billing_scheme = 'flat' then cast(items.unit_amount as {{ type_exact() }})
            when items.billing_scheme = 'tiered'
                then cast(
                    steps.amount_below
                    + (least(items.quantity, coalesce(steps.up_to, items.quantity)) - steps.above)
                    * steps.unit_amount
                    + steps.flat_amount as {{ type_exact() }}
                )
            when items.billing_scheme = 'volume'
                then cast(
                    items.quantity * steps.unit_amount + steps.flat_amount as {{ type_exact() }}
                )
        end as computed_amount
    from items
    left join steps
        on
            items.price_id = steps.price_id
            and items.quantity > steps.above
            and (
                steps.up_to is null
                or items.quantity <= steps.up_to
                or (items.billing_scheme = 'tiered' and steps.is_last)
            )
)

select
    priced.customer_id,
    priced.subscription_id,
    priced.item_id,
    priced.start_at,
    priced.end_at,
    priced.status,
    priced.price_id,
    priced.product_id,
    priced.plan_name,
    priced.currency,
    priced.unit_amount,
    priced.quantity,
    priced.billing_scheme,
    priced.usage_type,
    priced.interval_unit,
    priced.interval_count,
    coalesce(priced.computed_amount, invoiced.list_amount) as list_amount,
    ---------- flags
    priced.is_cancel_requested,
    priced.is_inferred,
    priced.is_overlapping,
    priced.is_merged,
    priced.computed_amount is null as needs_invoice_amount,
    ---------- lineage
    priced.source_name,
    priced.source_file,
    priced.source_line,
    priced.recorded_at
from priced
left join invoiced
    on
        priced.computed_amount is null
        and priced.subscription_id = invoiced.subscription_id
        and priced.item_id = invoiced.item_id
