-- Grain: one row per item and interval, with what its price, the list, an invoice or the source's
-- report tells of its list amount per invoice, before any discount.
-- A price of the list holds from the delivery that tells it, for the items that take their price
-- from the list. An invoiced amount holds from the start of its period. Where nothing tells the
-- amount it is NULL.
-- DECISIONS.md#flat-prices
-- DECISIONS.md#prices-by-the-package
with items as (
    select * from {{ ref('int_terms__item_readings') }}
),

price_versions as (
    select * from {{ ref('int_terms__price_versions') }}
),

steps as (
    select * from {{ ref('int_terms__price_steps') }}
),

invoiced as (
    select * from {{ ref('int_terms__invoiced_amounts_of_items') }}
),

reported as (
    select * from {{ ref('int_terms__reported_amounts') }}
),

listed as (
    select
        items.*,
        coalesce(items.unit_amount, price_versions.unit_amount) as price_of_unit,
        coalesce(items.billing_scheme, price_versions.billing_scheme, 'per_unit') as scheme,
        coalesce(items.package_size, price_versions.package_size) as units_of_package,
        coalesce(items.package_rounding, price_versions.package_rounding, 'up') as rounding,
        price_versions.version_number,
        price_versions.start_at as price_start_at,
        price_versions.end_at as price_end_at,
        price_versions.source_file as price_source_file,
        price_versions.source_line as price_source_line,
        price_versions.recorded_at as price_recorded_at
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
),

-- `tiered` charges each unit at its own tier; `volume` charges all units at the tier the total
-- falls in; a package is charged whole.
priced as (
    select
        listed.*,
        case
            when listed.unread_terms is not null then null
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
),

valued as (
    select
        priced.*,
        greatest(
            priced.start_at,
            coalesce(priced.price_start_at, priced.start_at),
            coalesce(invoiced.start_at, priced.start_at)
        ) as begins_at,
        least(
            coalesce(priced.end_at, priced.price_end_at, invoiced.end_at),
            coalesce(priced.price_end_at, invoiced.end_at, priced.end_at),
            coalesce(invoiced.end_at, priced.end_at, priced.price_end_at)
        ) as ends_at,
        invoiced.start_at as invoice_start_at,
        invoiced.source_file as invoice_source_file,
        invoiced.source_line as invoice_source_line,
        invoiced.recorded_at as invoice_recorded_at,
        coalesce(
            priced.computed_amount,
            case
                when priced.unread_terms is null then invoiced.list_amount
                else coalesce(invoiced.net_amount, {{ per_invoice(
                    'reported.mrr_reported', 'priced.interval_unit', 'priced.interval_count'
                ) }})
            end
        ) as known_amount,
        -- What was invoiced or reported instead has all discounts taken off.
        priced.unread_terms is not null as is_net
    from priced
    left join invoiced
        on
            priced.computed_amount is null
            and priced.subscription_id = invoiced.subscription_id
            and priced.item_id = invoiced.item_id
            and priced.start_at = invoiced.reading_start_at
            and {{ overlaps('priced', 'invoiced') }}
    left join reported on priced.subscription_id = reported.subscription_id
)

select
    valued.customer_id,
    valued.subscription_id,
    valued.item_id,
    valued.begins_at as start_at,
    valued.ends_at as end_at,
    valued.status,
    valued.price_id,
    valued.product_id,
    valued.plan_name,
    valued.currency,
    valued.price_of_unit as unit_amount,
    valued.quantity,
    case
        when valued.scheme = 'per_unit' and valued.units_of_package is not null then 'package'
        else valued.scheme
    end as billing_scheme,
    valued.usage_type,
    valued.interval_unit,
    valued.interval_count,
    valued.known_amount as list_amount,
    ---------- flags
    valued.is_cancel_requested,
    valued.is_inferred,
    valued.is_start_unknown,
    valued.is_overlapping,
    valued.is_merged,
    valued.computed_amount is null as needs_invoice_amount,
    valued.is_net as is_net_amount,
    valued.unread_terms,
    ---------- lineage
    valued.source_name,
    case
        when valued.begins_at = valued.start_at then valued.source_file
        when valued.begins_at = valued.invoice_start_at then valued.invoice_source_file
        else valued.price_source_file
    end as source_file,
    case
        when valued.begins_at = valued.start_at then valued.source_line
        when valued.begins_at = valued.invoice_start_at then valued.invoice_source_line
        else valued.price_source_line
    end as source_line,
    case
        when valued.begins_at = valued.start_at then valued.recorded_at
        when valued.begins_at = valued.invoice_start_at then valued.invoice_recorded_at
        else valued.price_recorded_at
    end as recorded_at,
    valued.end_source_file,
    valued.end_source_line,
    valued.end_recorded_at
from valued
where valued.ends_at is null or valued.ends_at > valued.begins_at
