{{ config(materialized='table') }}

-- Grain: one row per item and interval of the same terms and status.
-- The item's own status counts; the subscription's stands in where the item has none, and where the
-- source shows only the present, because there the subscription knows the dates. No item outlives
-- its subscription. The row that told a status tells its beginning, and the next one tells its end.
-- Where terms and a status begin at one instant, the one learnt last tells it.
-- DECISIONS.md#items-observed-without-versions
-- DECISIONS.md#no-item-outlives-its-subscription
with terms as (
    select * from {{ ref('int_terms__item_terms') }}
),

subscriptions as (
    select
        subscription_id,
        customer_id,
        case when is_deleted then coalesce(ended_at, end_recorded_at) else ended_at end as ended_at,
        end_source_file,
        end_source_line,
        end_recorded_at
    from {{ ref('stg_subscriptions') }}
),

statuses as (
    select
        statuses.*,
        lag(status) over subscription as previous_status,
        lead(source_file) over subscription as next_source_file,
        lead(source_line) over subscription as next_source_line,
        lead(recorded_at) over subscription as next_recorded_at
    from {{ ref('int_terms__subscription_statuses') }} as statuses
    window subscription as (partition by subscription_id order by status_start_at)
),

prices as (
    select * from {{ ref('stg_prices') }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
),

judged as (
    select
        terms.*,
        subscriptions.ended_at as subscription_ended_at,
        subscriptions.end_source_file as subscription_end_source_file,
        subscriptions.end_source_line as subscription_end_source_line,
        subscriptions.end_recorded_at as subscription_end_recorded_at,
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
        statuses.status_start_at > judged.start_at
        or (
            statuses.status_start_at = judged.start_at
            and statuses.recorded_at > judged.recorded_at
            and statuses.previous_status is not null
        ) as is_begun_by_status,
        statuses.status_start_at,
        statuses.source_file as status_source_file,
        statuses.source_line as status_source_line,
        statuses.recorded_at as status_recorded_at,
        case
            when judged.follows_subscription then statuses.status_end_at
            when judged.subscription_ended_at > judged.start_at then judged.subscription_ended_at
        end as cut_at,
        case
            when judged.follows_subscription then statuses.next_source_file
            else judged.subscription_end_source_file
        end as cut_source_file,
        case
            when judged.follows_subscription then statuses.next_source_line
            else judged.subscription_end_source_line
        end as cut_source_line,
        case
            when judged.follows_subscription then statuses.next_recorded_at
            else judged.subscription_end_recorded_at
        end as cut_recorded_at
    from judged
    left join statuses
        on
            judged.follows_subscription
            and judged.subscription_id = statuses.subscription_id
            and (judged.end_at is null or judged.end_at > statuses.status_start_at)
            and (statuses.status_end_at is null or judged.start_at < statuses.status_end_at)
),

bounded as (
    select
        versions.*,
        coalesce(versions.cut_at <= coalesce(versions.end_at, versions.cut_at), false)
            as is_cut
    from versions
)

select
    coalesce(customer_merges.survivor_customer_id, bounded.billed_customer_id) as customer_id,
    bounded.subscription_id,
    bounded.item_id,
    case when bounded.is_begun_by_status then bounded.status_start_at else bounded.start_at end
        as start_at,
    case when bounded.is_cut then bounded.cut_at else bounded.end_at end as end_at,
    bounded.status_in_force as status,
    bounded.price_id,
    coalesce(bounded.product_id, prices.product_id) as product_id,
    coalesce(bounded.plan_name, prices.plan_name) as plan_name,
    bounded.currency,
    bounded.unit_amount,
    bounded.quantity,
    bounded.billing_scheme,
    coalesce(bounded.usage_type, prices.usage_type, 'licensed') as usage_type,
    bounded.interval_unit,
    bounded.interval_count,
    bounded.package_size,
    bounded.package_rounding,
    bounded.unread_terms,
    bounded.is_cancel_requested,
    bounded.is_inferred,
    bounded.is_start_unknown,
    bounded.is_overlapping,
    customer_merges.survivor_customer_id is not null as is_merged,
    bounded.source_name,
    case
        when bounded.is_begun_by_status then bounded.status_source_file else bounded.source_file
    end as source_file,
    case
        when bounded.is_begun_by_status then bounded.status_source_line else bounded.source_line
    end as source_line,
    case
        when bounded.is_begun_by_status then bounded.status_recorded_at else bounded.recorded_at
    end as recorded_at,
    case when bounded.is_cut then bounded.cut_source_file else bounded.end_source_file end
        as end_source_file,
    case when bounded.is_cut then bounded.cut_source_line else bounded.end_source_line end
        as end_source_line,
    case when bounded.is_cut then bounded.cut_recorded_at else bounded.end_recorded_at end
        as end_recorded_at
from bounded
left join prices on bounded.price_id = prices.price_id
left join customer_merges on bounded.billed_customer_id = customer_merges.merged_customer_id
left join excluded
    on
        coalesce(customer_merges.survivor_customer_id, bounded.billed_customer_id)
        = excluded.customer_id
where
    excluded.customer_id is null
    and bounded.billed_customer_id is not null
    and bounded.status_in_force is not null
    and bounded.interval_unit <> 'one_time'
