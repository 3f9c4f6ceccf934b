-- Grain: one row per item and interval, with its list amount per invoice, before any discount.
-- What the price list says holds from the delivery that says it, for the items that take their
-- price from it. An amount that nothing can tell stays NULL: the finding names it, and it is never
-- counted as 0.
with items as (
    select * from {{ ref('int_mrr__item_statuses') }}
),

price_versions as (
    select * from {{ ref('int_mrr__price_versions') }}
),

steps as (
    select * from {{ ref('int_mrr__price_steps') }}
),

invoiced as (
    select * from {{ ref('int_mrr__last_invoiced_amounts') }}
),

unread_discounts as (
    select * from {{ ref('int_mrr__unread_discounts') }}
),

reported as (
    select * from {{ ref('int_mrr__reported_amounts') }}
),

listed as (
    select
        items.*,
        coalesce(items.unit_amount, price_versions.unit_amount) as price_of_unit,
        coalesce(items.billing_scheme, price_versions.billing_scheme, 'per_unit') as scheme,
        coalesce(items.package_size, price_versions.package_size) as units_of_package,
        coalesce(items.package_rounding, price_versions.package_rounding, 'up') as rounding,
        price_versions.version_number,
        coalesce(price_versions.start_at > items.start_at, false) as is_begun_by_price,
        price_versions.start_at as price_start_at,
        price_versions.end_at as price_end_at,
        price_versions.source_file as price_source_file,
        price_versions.source_line as price_source_line,
        price_versions.recorded_at as price_recorded_at,
        coalesce(
            items.unread_terms,
            case
                when of_items.owner_id is not null then 'discount'
                when of_subscriptions.owner_id is not null then 'discount'
                when of_customers.owner_id is not null then 'discount'
            end
        ) as terms_not_read
    from items
    left join price_versions
        on
            items.price_id = price_versions.price_id
            and items.currency = price_versions.currency
            and (
                items.unit_amount is null
                or items.billing_scheme is null
                or items.billing_scheme in ('tiered', 'volume')
            )
            and {{ overlaps('items', 'price_versions') }}
    left join unread_discounts as of_items
        on
            items.item_id = of_items.owner_id
            and items.subscription_id
            = coalesce(of_items.of_subscription_id, items.subscription_id)
            and {{ overlaps('items', 'of_items') }}
    left join unread_discounts as of_subscriptions
        on
            items.subscription_id = of_subscriptions.owner_id
            and {{ overlaps('items', 'of_subscriptions') }}
    left join unread_discounts as of_customers
        on
            items.customer_id = of_customers.owner_id
            and {{ overlaps('items', 'of_customers') }}
),

-- `tiered` charges each unit at its own tier; `volume` charges all units at the tier the total
-- falls in; a package is charged whole.
priced as (
    select
        listed.*,
        case
            when listed.terms_not_read is not null then null
            when listed.quantity = 0 then cast(0 as {{ type_exact() }})
            when listed.scheme = 'per_unit' and listed.units_of_package is not null
                then cast(
                    {{ packages(
                        'listed.quantity', 'listed.units_of_package', 'listed.rounding'
                    ) }}
                    * listed.price_of_unit as {{ type_exact() }}
                )
            when listed.scheme = 'per_unit'
                then cast(listed.quantity * listed.price_of_unit as {{ type_exact() }})
            when listed.scheme = 'flat'
                then cast(listed.price_of_unit as {{ type_exact() }})
            when listed.scheme = 'tiered'
                then cast(
                    steps.amount_below
                    + (least(listed.quantity, coalesce(steps.up_to, listed.quantity)) - steps.above)
                    * steps.unit_amount
                    + steps.flat_amount as {{ type_exact() }}
                )
            when listed.scheme = 'volume'
                then cast(
                    listed.quantity * steps.unit_amount + steps.flat_amount as {{ type_exact() }}
                )
        end as computed_amount
    from listed
    left join steps
        on
            listed.price_id = steps.price_id
            and listed.currency = steps.currency
            and listed.version_number = steps.version_number
            and listed.scheme in ('tiered', 'volume')
            and listed.quantity > steps.above
            and (
                steps.up_to is null
                or listed.quantity <= steps.up_to
                or (listed.scheme = 'tiered' and steps.is_last)
            )
)

select
    priced.customer_id,
    priced.subscription_id,
    priced.item_id,
    case when priced.is_begun_by_price then priced.price_start_at else priced.start_at end
        as start_at,
    case
        when priced.price_end_at < priced.end_at or priced.end_at is null
            then priced.price_end_at
        else priced.end_at
    end as end_at,
    priced.status,
    priced.price_id,
    priced.product_id,
    priced.plan_name,
    priced.currency,
    priced.price_of_unit as unit_amount,
    priced.quantity,
    case
        when priced.scheme = 'per_unit' and priced.units_of_package is not null then 'package'
        else priced.scheme
    end as billing_scheme,
    priced.usage_type,
    priced.interval_unit,
    priced.interval_count,
    coalesce(
        priced.computed_amount,
        case
            when priced.terms_not_read is null then invoiced.list_amount
            else coalesce(invoiced.net_amount, {{ per_invoice(
                'reported.mrr_reported', 'priced.interval_unit', 'priced.interval_count'
            ) }})
        end
    ) as list_amount,
    ---------- flags
    priced.is_cancel_requested,
    priced.is_inferred,
    priced.is_start_unknown,
    priced.is_overlapping,
    priced.is_merged,
    priced.computed_amount is null as needs_invoice_amount,
    -- What was invoiced or reported instead has all discounts taken off.
    priced.terms_not_read is not null as is_net_amount,
    priced.terms_not_read as unread_terms,
    ---------- lineage
    priced.source_name,
    case when priced.is_begun_by_price then priced.price_source_file else priced.source_file end
        as source_file,
    case when priced.is_begun_by_price then priced.price_source_line else priced.source_line end
        as source_line,
    case when priced.is_begun_by_price then priced.price_recorded_at else priced.recorded_at end
        as recorded_at,
    priced.end_source_file,
    priced.end_source_line,
    priced.end_recorded_at
from priced
left join invoiced
    on
        priced.computed_amount is null
        and priced.subscription_id = invoiced.subscription_id
        and priced.item_id = invoiced.item_id
left join reported
    on
        priced.terms_not_read is not null
        and priced.subscription_id = reported.subscription_id
