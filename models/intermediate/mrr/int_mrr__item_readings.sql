-- Grain: one row per item and interval of the same terms and status that is read alike: a discount
-- that nobody can read makes the price unknown while it is in force, and not before.
with items as (
    select * from {{ ref('int_mrr__item_statuses') }}
),

discounts as (
    select * from {{ ref('int_mrr__unread_discounts') }}
),

-- On an item, on a subscription, on a customer.
found as (
    select
        items.subscription_id,
        items.item_id,
        items.start_at as version_start_at,
        items.end_at as version_end_at,
        discounts.start_at,
        discounts.end_at,
        discounts.source_file,
        discounts.source_line,
        discounts.recorded_at,
        discounts.end_source_file,
        discounts.end_source_line,
        discounts.end_recorded_at
    from items
    inner join discounts
        on
            items.item_id = discounts.item_id
            and items.subscription_id = coalesce(discounts.subscription_id, items.subscription_id)
            and {{ overlaps('items', 'discounts') }}

    union all

    select
        items.subscription_id,
        items.item_id,
        items.start_at as version_start_at,
        items.end_at as version_end_at,
        discounts.start_at,
        discounts.end_at,
        discounts.source_file,
        discounts.source_line,
        discounts.recorded_at,
        discounts.end_source_file,
        discounts.end_source_line,
        discounts.end_recorded_at
    from items
    inner join discounts
        on
            items.subscription_id = discounts.subscription_id
            and discounts.item_id is null
            and {{ overlaps('items', 'discounts') }}

    union all

    select
        items.subscription_id,
        items.item_id,
        items.start_at as version_start_at,
        items.end_at as version_end_at,
        discounts.start_at,
        discounts.end_at,
        discounts.source_file,
        discounts.source_line,
        discounts.recorded_at,
        discounts.end_source_file,
        discounts.end_source_line,
        discounts.end_recorded_at
    from items
    inner join discounts
        on
            items.customer_id = discounts.customer_id
            and discounts.subscription_id is null
            and discounts.item_id is null
            and {{ overlaps('items', 'discounts') }}
),

cuts as (
    select
        subscription_id,
        item_id,
        version_start_at,
        start_at as cut_at,
        source_file,
        source_line,
        recorded_at
    from found
    where start_at > version_start_at

    union all

    select
        subscription_id,
        item_id,
        version_start_at,
        end_at as cut_at,
        end_source_file as source_file,
        end_source_line as source_line,
        end_recorded_at as recorded_at
    from found
    where
        end_at < version_end_at
        or (end_at is not null and version_end_at is null)
),

ranked as (
    select
        cuts.*,
        row_number() over (
            partition by subscription_id, item_id, version_start_at, cut_at
            order by recorded_at nulls last, source_file nulls last, source_line nulls last
        ) as place
    from cuts
),

starts as (
    select distinct
        subscription_id,
        item_id,
        version_start_at,
        version_start_at as start_at,
        false as is_cut,
        cast(null as {{ dbt.type_string() }}) as source_file,
        cast(null as {{ dbt.type_bigint() }}) as source_line,
        cast(null as {{ type_instant() }}) as recorded_at
    from found

    union all

    select
        subscription_id,
        item_id,
        version_start_at,
        cut_at as start_at,
        true as is_cut,
        source_file,
        source_line,
        recorded_at
    from ranked
    where place = 1
),

pieces as (
    select
        starts.*,
        lead(start_at) over (
            partition by subscription_id, item_id, version_start_at order by start_at
        ) as end_at
    from starts
),

unread_pieces as (
    select distinct
        pieces.subscription_id,
        pieces.item_id,
        pieces.start_at
    from pieces
    inner join found
        on
            pieces.subscription_id = found.subscription_id
            and pieces.item_id = found.item_id
            and pieces.version_start_at = found.version_start_at
            and pieces.start_at >= found.start_at
            and (found.end_at is null or pieces.start_at < found.end_at)
)

select
    items.customer_id,
    items.subscription_id,
    items.item_id,
    coalesce(pieces.start_at, items.start_at) as start_at,
    coalesce(pieces.end_at, items.end_at) as end_at,
    items.status,
    items.price_id,
    items.product_id,
    items.plan_name,
    items.currency,
    items.unit_amount,
    items.quantity,
    items.billing_scheme,
    items.usage_type,
    items.interval_unit,
    items.interval_count,
    items.package_size,
    items.package_rounding,
    coalesce(
        items.unread_terms,
        case when unread_pieces.item_id is not null then 'discount' end
    ) as unread_terms,
    items.is_cancel_requested,
    items.is_inferred,
    items.is_start_unknown,
    items.is_overlapping,
    items.is_merged,
    items.source_name,
    case when pieces.is_cut then pieces.source_file else items.source_file end as source_file,
    case when pieces.is_cut then pieces.source_line else items.source_line end as source_line,
    case when pieces.is_cut then pieces.recorded_at else items.recorded_at end as recorded_at,
    items.end_source_file,
    items.end_source_line,
    items.end_recorded_at
from items
left join pieces
    on
        items.subscription_id = pieces.subscription_id
        and items.item_id = pieces.item_id
        and items.start_at = pieces.version_start_at
left join unread_pieces
    on
        pieces.subscription_id = unread_pieces.subscription_id
        and pieces.item_id = unread_pieces.item_id
        and pieces.start_at = unread_pieces.start_at
