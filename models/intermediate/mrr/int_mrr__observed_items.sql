-- Grain: one row per item and run of deliveries that observed the same terms.
-- What the first delivery can't know is inferred: its terms are taken to hold since valid_from.
with observations as (
    select
        items.*,
        case
            when items.is_deleted then 'deleted'
            else
                coalesce(items.customer_id, '')
                || '|' || coalesce(items.status, '')
                || '|' || coalesce(items.price_id, '')
                || '|' || coalesce(items.product_id, '')
                || '|' || coalesce(items.plan_name, '')
                || '|' || items.currency
                || '|' || coalesce(cast(items.unit_amount as {{ dbt.type_string() }}), '')
                || '|' || cast(items.quantity as {{ dbt.type_string() }})
                || '|' || items.interval_unit
                || '|' || cast(items.interval_count as {{ dbt.type_string() }})
                || '|' || cast(items.is_cancel_requested as {{ dbt.type_string() }})
                || '|' || coalesce(cast(items.valid_to as {{ dbt.type_string() }}), '')
        end as terms
    from {{ ref('stg_subscription_items') }} as items
    where
        items.is_observation
        and {{ is_touched_row('stg_subscription_items') }}
),

compared as (
    select
        observations.*,
        lag(observations.terms) over (
            partition by observations.subscription_id, observations.item_id
            order by observations.recorded_at
        ) as previous_terms
    from observations
)

select
    subscription_id,
    item_id,
    case when previous_terms is null then valid_from else recorded_at end as valid_from,
    valid_to,
    customer_id,
    case when is_deleted then 'ended' else status end as status,
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
    previous_terms is null as is_inferred,
    is_deleted,
    source_name,
    source_file,
    source_line,
    recorded_at
from compared
where
    previous_terms is null
    or terms <> previous_terms
