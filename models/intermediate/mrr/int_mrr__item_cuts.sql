{{ config(materialized='table') }}

-- Grain: one row per item version and instant within it at which something else changes its MRR:
-- a discount, a cancel request, the end of the patience with a late payer, the first payment. With
-- the row that told it; the end of patience is told by the version itself.
with versions as (
    select
        subscription_id,
        item_id,
        customer_id,
        start_at,
        end_at,
        source_file,
        source_line,
        recorded_at,
        end_source_file,
        end_source_line,
        end_recorded_at
    from {{ ref('int_mrr__item_versions') }}
    where {{ is_affected_row('int_mrr__item_versions') }}
),

discounts as (
    select * from {{ ref('int_mrr__item_discounts') }}
    where {{ is_affected_customer() }}
),

requests as (
    select * from {{ ref('int_mrr__cancel_requests') }}
),

-- An amount off is shared between items, so it shifts whenever one of them changes.
shared_discounts as (
    select distinct
        subscription_id,
        item_id,
        version_start_at,
        customer_id,
        discount_level
    from discounts
    where
        discount_level > 1
        and amount_off > 0
),

-- What changes an item by itself.
own_cuts as (
    select
        subscription_id,
        item_id,
        version_start_at,
        customer_id,
        starts_at as cut_at,
        source_file,
        source_line,
        recorded_at
    from discounts

    union all

    select
        subscription_id,
        item_id,
        version_start_at,
        customer_id,
        ends_at as cut_at,
        end_source_file as source_file,
        end_source_line as source_line,
        end_recorded_at as recorded_at
    from discounts

    union all

    select
        versions.subscription_id,
        versions.item_id,
        versions.start_at as version_start_at,
        versions.customer_id,
        requests.requested_at as cut_at,
        requests.source_file,
        requests.source_line,
        requests.recorded_at
    from versions
    inner join requests on versions.subscription_id = requests.subscription_id

    union all

    select
        versions.subscription_id,
        versions.item_id,
        versions.start_at as version_start_at,
        versions.customer_id,
        requests.withdrawn_at as cut_at,
        requests.end_source_file as source_file,
        requests.end_source_line as source_line,
        requests.end_recorded_at as recorded_at
    from versions
    inner join requests on versions.subscription_id = requests.subscription_id

    union all

    select
        limits.subscription_id,
        limits.item_id,
        limits.version_start_at,
        versions.customer_id,
        limits.limit_at as cut_at,
        versions.source_file,
        versions.source_line,
        versions.recorded_at
    from {{ ref('int_mrr__past_due_limits') }} as limits
    inner join versions
        on
            limits.subscription_id = versions.subscription_id
            and limits.item_id = versions.item_id
            and limits.version_start_at = versions.start_at

    union all

    select
        versions.subscription_id,
        versions.item_id,
        versions.start_at as version_start_at,
        versions.customer_id,
        payments.first_paid_at as cut_at,
        payments.source_file,
        payments.source_line,
        payments.recorded_at
    from versions
    inner join {{ ref('int_mrr__first_payments') }} as payments
        on versions.subscription_id = payments.subscription_id
    where {{ mrr_starts_with_payment() }}
),

changes as (
    select
        customer_id,
        cut_at,
        source_file,
        source_line,
        recorded_at
    from own_cuts

    union all

    select
        customer_id,
        start_at as cut_at,
        source_file,
        source_line,
        recorded_at
    from versions

    union all

    select
        customer_id,
        end_at as cut_at,
        end_source_file as source_file,
        end_source_line as source_line,
        end_recorded_at as recorded_at
    from versions
),

cuts as (
    select
        subscription_id,
        item_id,
        version_start_at,
        cut_at,
        source_file,
        source_line,
        recorded_at
    from own_cuts

    union all

    select
        shared_discounts.subscription_id,
        shared_discounts.item_id,
        shared_discounts.version_start_at,
        changes.cut_at,
        changes.source_file,
        changes.source_line,
        changes.recorded_at
    from shared_discounts
    inner join changes on shared_discounts.customer_id = changes.customer_id
)

{{ cuts_within('cuts', 'versions') }}
