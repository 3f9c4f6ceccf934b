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

judged as (
    select
        terms.*,
        subscriptions.ended_at as subscription_ended_at,
        coalesce(terms.customer_id, subscriptions.customer_id) as billed_customer_id,
        subscriptions.subscription_id is not null
        and (
            terms.status is null
            or (terms.is_observed and terms.status <> 'ended')
            -- First seen when all was over: its subscription knows the dates.
            or (terms.is_observed and terms.is_inferred and subscriptions.ended_at is not null)
        ) as follows_subscription
    from terms
    left join subscriptions on terms.subscription_id = subscriptions.subscription_id
),

versions as (
    select
        judged.*,
        case when judged.follows_subscription then statuses.status else judged.status end
            as status_in_force,
        statuses.status_start_at,
        case
            when judged.follows_subscription then statuses.status_end_at
            when judged.subscription_ended_at > judged.start_at then judged.subscription_ended_at
        end as cut_at
    from judged
    left join statuses
        on
            judged.follows_subscription
            and judged.subscription_id = statuses.subscription_id
            and (judged.end_at is null or judged.end_at > statuses.status_start_at)
            and (statuses.status_end_at is null or judged.start_at < statuses.status_end_at)
)

select
    coalesce(customer_merges.survivor_customer_id, versions.billed_customer_id) as customer_id,
    versions.subscription_id,
    versions.item_id,
    case
        when versions.follows_subscription
            then greatest(versions.start_at, versions.status_start_at)
        else versions.start_at
    end as start_at,
    case
        when versions.end_at is null then versions.cut_at
        when versions.cut_at is null then versions.end_at
        else least(versions.end_at, versions.cut_at)
    end as end_at,
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
    and versions.status_in_force is not null
    and versions.interval_unit <> 'one_time'
