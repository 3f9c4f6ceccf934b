-- Grain: one row per item and interval of the same terms, half-open; an open end is NULL.
-- A version ends at its valid_to or where the next one begins, whichever is first.
with bases as (
    select * from {{ ref('int_mrr__source_bases') }}
),

dated as (
    select
        subscription_id,
        item_id,
        valid_from,
        valid_to,
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
        is_cancel_requested,
        false as is_observed,
        false as is_inferred,
        source_name,
        source_file,
        source_line,
        recorded_at
    from {{ ref('stg_subscription_items') }} as items
    where
        not is_observation
        and items.source_name in (
            select bases.source_name from bases
            where bases.mrr_basis = 'items'
        )
),

observed as (
    select
        subscription_id,
        item_id,
        valid_from,
        valid_to,
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
        is_cancel_requested,
        true as is_observed,
        is_inferred,
        source_name,
        source_file,
        source_line,
        recorded_at
    from {{ ref('int_mrr__observed_items') }} as observations
    where observations.source_name in (
        select bases.source_name from bases
        where bases.mrr_basis = 'items'
    )
),

changed as (
    select
        subscription_id,
        item_id,
        occurred_at as valid_from,
        cast(null as {{ type_instant() }}) as valid_to,
        customer_id,
        status,
        price_id,
        product_id,
        cast(null as {{ dbt.type_string() }}) as plan_name,
        currency,
        mrr as unit_amount,
        cast(1 as {{ type_quantity() }}) as quantity,
        'flat' as billing_scheme,
        'licensed' as usage_type,
        'month' as interval_unit,
        1 as interval_count,
        false as is_cancel_requested,
        false as is_observed,
        false as is_inferred,
        source_name,
        source_file,
        source_line,
        recorded_at
    from {{ ref('int_mrr__changed_items') }} as changes
    where changes.source_name in (
        select bases.source_name from bases
        where bases.mrr_basis = 'changes'
    )
),

invoiced as (
    select
        subscription_id,
        item_id,
        service_start_at as valid_from,
        service_end_at as valid_to,
        customer_id,
        status,
        price_id,
        product_id,
        plan_name,
        currency,
        unit_amount,
        quantity,
        billing_scheme,
        'licensed' as usage_type,
        interval_unit,
        interval_count,
        false as is_cancel_requested,
        false as is_observed,
        true as is_inferred,
        source_name,
        source_file,
        source_line,
        recorded_at
    from {{ ref('int_mrr__invoiced_items') }} as periods
    where periods.source_name in (
        select bases.source_name from bases
        where bases.mrr_basis = 'invoice_lines'
    )
),

versions as (
    select * from dated
    union all
    select * from observed
    union all
    select * from changed
    union all
    select * from invoiced
),

ordered as (
    select
        versions.*,
        lead(versions.valid_from) over (
            partition by versions.subscription_id, versions.item_id
            order by versions.valid_from, versions.recorded_at
        ) as next_valid_from
    from versions
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
    is_cancel_requested,
    is_observed,
    is_inferred,
    coalesce(valid_to > next_valid_from, false) as is_overlapping,
    source_name,
    source_file,
    source_line,
    recorded_at
from ordered
where
    (valid_to is null or valid_to > valid_from)
    and (next_valid_from is null or next_valid_from > valid_from)
