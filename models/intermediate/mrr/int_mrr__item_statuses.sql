-- Grain: one row per item and interval of the same terms and status.
-- The item's own status counts; the subscription's stands in where the item has none, and where the
-- source shows only the present, because there the subscription knows the dates. No item outlives
-- its subscription.
with terms as (
    select * from {{ ref('int_mrr__item_terms') }}
),

subscriptions as (
    select
        subscription_id,
        customer_id,
        case when is_deleted then coalesce(ended_at, recorded_at) else ended_at end as ended_at
    from {{ ref('stg_subscriptions') }}
),

statuses as (
    select * from {{ ref('int_mrr__subscription_statuses') }}
),

prices as (
    select * from {{ ref('stg_prices') }}
),

customer_merges as (
    select * from {{ ref('int_mrr__customer_merges') }}
),

excluded as (
    select * from {{ ref('int_mrr__excluded_customers') }}
),

-- A status of its own: every dated version that has one, and whatever has no subscription row.
own_status as (
    select
        terms.*,
        terms.status as status_in_force,
        terms.start_at as version_start_at,
        case
            when
                subscriptions.ended_at > terms.start_at
                and (terms.end_at is null or subscriptions.ended_at < terms.end_at)
                then subscriptions.ended_at
            else terms.end_at
        end as version_end_at,
        coalesce(terms.customer_id, subscriptions.customer_id) as billed_customer_id
    from terms
    left join subscriptions on terms.subscription_id = subscriptions.subscription_id
    where
        terms.status is not null
        and (
            not terms.is_observed or subscriptions.subscription_id is null or terms.status = 'ended'
        )
),

subscription_status as (
    select
        terms.*,
        statuses.status as status_in_force,
        greatest(terms.start_at, statuses.status_start_at) as version_start_at,
        case
            when terms.end_at is null then statuses.status_end_at
            when statuses.status_end_at is null then terms.end_at
            else least(terms.end_at, statuses.status_end_at)
        end as version_end_at,
        coalesce(terms.customer_id, subscriptions.customer_id) as billed_customer_id
    from terms
    inner join subscriptions on terms.subscription_id = subscriptions.subscription_id
    inner join statuses
        on
            terms.subscription_id = statuses.subscription_id
            and (terms.end_at is null or terms.end_at > statuses.status_start_at)
            and (statuses.status_end_at is null or terms.start_at < statuses.status_end_at)
    where
        terms.status is null
        or (terms.is_observed and terms.status <> 'ended')
),

versions as (
    select * from own_status
    union all
    select * from subscription_status
)

select
    coalesce(customer_merges.survivor_customer_id, versions.billed_customer_id) as customer_id,
    versions.subscription_id,
    versions.item_id,
    versions.version_start_at as start_at,
    versions.version_end_at as end_at,
    versions.status_in_force as status,
    versions.price_id,
    coalesce(versions.product_id, prices.product_id) as product_id,
    coalesce(versions.plan_name, prices.plan_name) as plan_name,
    versions.currency,
    coalesce(versions.unit_amount, prices.unit_amount) as unit_amount,
    versions.quantity,
    coalesce(versions.billing_scheme, prices.billing_scheme, 'per_unit') as billing_scheme,
    coalesce(versions.usage_type, prices.usage_type, 'licensed') as usage_type,
    versions.interval_unit,
    versions.interval_count,
    versions.is_cancel_requested,
    versions.is_inferred,
    versions.is_overlapping,
    customer_merges.survivor_customer_id is not null as is_merged,
    versions.source_name,
    versions.source_file,
    versions.source_line,
    versions.recorded_at
from versions
left join prices on versions.price_id = prices.price_id
left join customer_merges on versions.billed_customer_id = customer_merges.merged_customer_id
left join excluded
    on
        coalesce(customer_merges.survivor_customer_id, versions.billed_customer_id)
        = excluded.customer_id
where
    excluded.customer_id is null
    and versions.billed_customer_id is not null
    and versions.interval_unit <> 'one_time'
