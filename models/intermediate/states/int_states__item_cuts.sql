{{ config(materialized='table') }}

-- Grain: one row per item version and instant within it at which something else changes its MRR:
-- a discount, a cancel request, the end of a grace period, the first payment. With the row that
-- told it; the end of a grace period is told by the version itself. A request changes committed MRR
-- alone, so what changes MRR at its instant tells the cut.
with versions as (
    select
        subscription_id,
        item_id,
        customer_id,
        start_at,
        start_at as version_start_at,
        end_at,
        source_file,
        source_line,
        recorded_at,
        end_source_file,
        end_source_line,
        end_recorded_at
    from {{ ref('int_terms__item_versions') }}
    where {{ is_affected_row('int_terms__item_versions') }}
),

discounts as (
    select * from {{ ref('int_states__item_discounts') }}
    where {{ is_affected_customer() }}
),

requests as (
    select * from {{ ref('int_states__cancel_requests') }}
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
    select {{ cut_at('discounts.starts_at', 'discounts', told='discounts.') }}
    from discounts

    union all

    select {{ cut_at('discounts.ends_at', 'discounts', told='discounts.end_') }}
    from discounts

    union all

    select {{ cut_at('requests.requested_at', 'versions', told='requests.', is_request=true) }}
    from versions
    inner join requests on versions.subscription_id = requests.subscription_id

    union all

    select {{ cut_at(
        'requests.withdrawn_at', 'versions', told='requests.end_', is_request=true
    ) }}
    from versions
    inner join requests on versions.subscription_id = requests.subscription_id

    union all

    select {{ cut_at('limits.limit_at', 'versions', told='versions.') }}
    from {{ ref('int_states__grace_period_ends') }} as limits
    inner join versions
        on
            limits.subscription_id = versions.subscription_id
            and limits.item_id = versions.item_id
            and limits.version_start_at = versions.version_start_at

    union all

    select {{ cut_at('payments.first_paid_at', 'versions', told='payments.') }}
    from versions
    inner join {{ ref('int_states__first_payments') }} as payments
        on versions.subscription_id = payments.subscription_id
    where {{ mrr_starts_with_payment() }}
),

changes as (
    select * from own_cuts

    union all

    select {{ cut_at('versions.start_at', 'versions', told='versions.') }}
    from versions

    union all

    select {{ cut_at('versions.end_at', 'versions', told='versions.end_') }}
    from versions
),

cuts as (
    select * from own_cuts

    union all

    select {{ cut_at('changes.cut_at', 'shared_discounts', told='changes.') }}
    from shared_discounts
    inner join changes on shared_discounts.customer_id = changes.customer_id
)

{{ cuts_within('cuts', 'versions', last='cuts.is_request') }}
