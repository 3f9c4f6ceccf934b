{{ config(materialized='kept', by='arrived', key='subscription_id') }}

-- Dated versions and, for sources that only show the present, one observation per delivery: an
-- observation is told apart by when it was made, because its valid_from is often the same each
-- time. Where a dated version is delivered again each run, its first delivery told its terms, and
-- the first delivery with its end told the end.
{%- set made_at -%}
    case
        when _is_state then cast(_extracted_at as {{ dbt.type_string() }}) else
            valid_from
    end
{%- endset %}
with latest as (
    {{ latest_rows(
        'subscription_items',
        ['subscription_id', 'item_id', '_is_state', made_at],
        keep_deleted=true,
        told={
            'told': columns_of_terms() + ['cancel_at_period_end', '_is_deleted'],
            'end_told': ['valid_to'],
        }
    ) }}
)

select
    {{ source_key('subscription_id') }} as subscription_id,
    {{ source_key('item_id') }} as item_id,
    cast(valid_from as {{ type_instant() }}) as valid_from,
    cast(valid_to as {{ type_instant() }}) as valid_to,
    {{ source_key('customer_id') }} as customer_id,
    status,
    {{ source_key('price_id') }} as price_id,
    {{ source_key('product_id') }} as product_id,
    plan_name,
    currency,
    cast(unit_amount as {{ type_price() }}) as unit_amount,
    -- Where more units are free than there are, none is charged.
    cast(greatest(cast(quantity as {{ type_quantity() }}), 0) as {{ type_quantity() }})
        as quantity,
    billing_scheme,
    usage_type,
    interval_unit,
    cast(interval_count as integer) as interval_count,
    coalesce(cast(cancel_at_period_end as boolean), false) as is_cancel_requested,
    cast(package_size as {{ type_quantity() }}) as package_size,
    package_rounding,
    unread_terms,
    coalesce(cast(is_item_dated as boolean), false) as is_item_dated,
    ---------- lineage
    _is_state as is_observation,
    _is_deleted as is_deleted,
    _source as source_name,
    told_file as source_file,
    told_line as source_line,
    told_extracted_at as recorded_at,
    end_told_file as end_source_file,
    end_told_line as end_source_line,
    end_told_extracted_at as end_recorded_at,
    _loaded_at as loaded_at
from latest
where
    _is_state
    or not _is_deleted
