-- Grain: one row per item and interval of the same terms and status that is read alike: a discount
-- that nobody can read makes the price unknown while it is in force, and not before.
-- What is found reads the statuses for itself, because what is read twice the engine keeps whole.
{%- set columns -%}
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
{%- endset %}
with items as (
    select * from {{ ref('int_terms__item_statuses') }}
),

discounts as (
    select * from {{ ref('int_terms__unread_discounts') }}
),

found as (
    {{ discounts_of_items(ref('int_terms__item_statuses'), 'discounts', columns) }}
),

found_versions as (
    select distinct
        subscription_id,
        item_id,
        version_start_at as start_at,
        version_end_at as end_at
    from found
),

told as (
    select
        subscription_id,
        item_id,
        version_start_at,
        start_at as cut_at,
        source_file,
        source_line,
        recorded_at
    from found

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
),

cuts as (
    {{ cuts_within('told', 'found_versions') }}
),

pieces as (
    {{ pieces_between('cuts') }}
),

split as (
    select
        items.*,
        {{ columns_of_piece('items', 'piece') }}
    from items
    left join pieces on {{ of_piece('items') }}
),

unread as (
    select distinct
        found.subscription_id,
        found.item_id,
        coalesce(pieces.start_at, found.version_start_at) as piece_start_at
    from found
    left join pieces
        on
            found.subscription_id = pieces.subscription_id
            and found.item_id = pieces.item_id
            and found.version_start_at = pieces.version_start_at
    where
        coalesce(pieces.start_at, found.version_start_at) >= found.start_at
        and (
            found.end_at is null
            or coalesce(pieces.start_at, found.version_start_at) < found.end_at
        )
)

select
    split.customer_id,
    split.subscription_id,
    split.item_id,
    split.piece_start_at as start_at,
    split.piece_end_at as end_at,
    split.status,
    split.price_id,
    split.product_id,
    split.plan_name,
    split.currency,
    split.unit_amount,
    split.quantity,
    split.billing_scheme,
    split.usage_type,
    split.interval_unit,
    split.interval_count,
    split.package_size,
    split.package_rounding,
    coalesce(split.unread_terms, case when unread.item_id is not null then 'discount' end)
        as unread_terms,
    split.is_cancel_requested,
    split.is_inferred,
    split.is_start_unknown,
    split.is_overlapping,
    split.is_merged,
    split.source_name,
    split.piece_source_file as source_file,
    split.piece_source_line as source_line,
    split.piece_recorded_at as recorded_at,
    split.end_source_file,
    split.end_source_line,
    split.end_recorded_at
from split
left join unread
    on
        split.subscription_id = unread.subscription_id
        and split.item_id = unread.item_id
        and split.piece_start_at = unread.piece_start_at
