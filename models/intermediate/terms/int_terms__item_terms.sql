-- Grain: one row per item and interval of the same terms, half-open; an open end is NULL.
-- A version ends at its valid_to or where the next one begins, whichever is first.
-- DECISIONS.md#overlapping-versions
with dated_versions as (
    select * from {{ ref('stg_subscription_items') }}
    where
        not is_observation
        and {{ is_affected_row('stg_subscription_items') }}
),

observed_items as (
    select * from {{ ref('int_terms__observed_items') }}
    where {{ is_affected_subscription() }}
),

changed_items as (
    select * from {{ ref('int_terms__changed_items') }}
    where {{ is_affected_subscription() }}
),

invoiced_items as (
    select * from {{ ref('int_terms__invoiced_items') }}
    where {{ is_affected_subscription() }}
),

versions as (
    {{ terms_of_basis('dated_versions', 'items', {
        'is_observed': 'false',
        'is_inferred': 'false',
        'is_start_unknown': 'false',
    }) }}

    union all

    {{ terms_of_basis('observed_items', 'items', {'is_observed': 'true'}) }}

    union all

    {{ terms_of_basis('changed_items', 'changes', dict(plain_terms(), **{
        'valid_from': 'occurred_at',
        'valid_to': 'cast(null as ' ~ type_instant() ~ ')',
        'plan_name': 'cast(null as ' ~ dbt.type_string() ~ ')',
        'unit_amount': 'mrr',
        'quantity': 'cast(1 as ' ~ type_quantity() ~ ')',
        'billing_scheme': "'flat'",
        'interval_unit': "'month'",
        'interval_count': '1',
        'is_inferred': 'false',
    })) }}

    union all

    {{ terms_of_basis('invoiced_items', 'invoice_lines', dict(plain_terms(), **{
        'valid_from': 'service_start_at',
        'valid_to': 'service_end_at',
        'is_inferred': 'true',
    })) }}
),

ordered as (
    select
        versions.*,
        lead(versions.valid_from) over item as next_valid_from,
        lead(versions.source_file) over item as next_source_file,
        lead(versions.source_line) over item as next_source_line,
        lead(versions.recorded_at) over item as next_recorded_at
    from versions
    window item as (
        partition by versions.subscription_id, versions.item_id
        order by versions.valid_from, versions.recorded_at
    )
)

select
    subscription_id,
    item_id,
    valid_from as start_at,
    case
        when valid_to is null then next_valid_from
        when next_valid_from is null then valid_to
        else least(valid_to, next_valid_from)
    end as end_at,
    customer_id,
    status,
    price_id,
    product_id,
    plan_name,
    currency,
    unit_amount,
    quantity,
    billing_scheme,
    usage_type,
    interval_unit,
    interval_count,
    package_size,
    package_rounding,
    unread_terms,
    is_cancel_requested,
    is_observed,
    is_inferred,
    is_start_unknown,
    coalesce(valid_to > next_valid_from, false) as is_overlapping,
    source_name,
    source_file,
    source_line,
    recorded_at,
    -- The next version tells the end, or the row that has the end's date.
    case
        when valid_to <= coalesce(next_valid_from, valid_to) then end_source_file
        else next_source_file
    end as end_source_file,
    case
        when valid_to <= coalesce(next_valid_from, valid_to) then end_source_line
        else next_source_line
    end as end_source_line,
    case
        when valid_to <= coalesce(next_valid_from, valid_to) then end_recorded_at
        else next_recorded_at
    end as end_recorded_at
from ordered
where
    (valid_to is null or valid_to > valid_from)
    and (next_valid_from is null or next_valid_from > valid_from)
