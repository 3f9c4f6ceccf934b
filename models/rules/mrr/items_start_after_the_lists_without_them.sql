-- Grain: one row per ledger row of an item that lies before a list which showed its subscription
-- without it, and was there before the item was: it contradicts the row. An item whose date is its
-- own, or one of a life that began after that list, may begin between the list and its delivery.
-- DECISIONS.md#an-item-of-a-subscription-that-was-already-listed-without-it
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
    where
        source_name in (
            select bases.source_name from {{ ref('int_terms__source_bases') }} as bases
            where bases.mrr_basis = 'items'
        )
),

items as (
    select
        _extracted_at,
        {{ source_key('subscription_id') }} as subscription_id,
        {{ source_key('item_id') }} as item_id,
        _source,
        coalesce(cast(is_item_dated as boolean), false) as is_item_dated
    from {{ source('raw', 'subscription_items') }}
    where
        _is_state
        and not _is_deleted
),

subscriptions as (
    select
        _extracted_at,
        {{ source_key('subscription_id') }} as subscription_id
    from {{ source('raw', 'subscriptions') }}
    where not _is_deleted
),

lists as (
    select * from {{ ref('stg_snapshots') }}
    where canonical_table = 'subscription_items'
),

latest as (
    select
        subscription_id,
        started_at
    from {{ ref('stg_subscriptions') }}
),

first_seen as (
    select
        _source,
        subscription_id,
        item_id,
        min(_extracted_at) as first_seen_at,
        max(case when is_item_dated then 1 else 0 end) = 1 as is_item_dated
    from items
    group by
        _source,
        subscription_id,
        item_id
),

showings as (
    select
        subscription_id,
        _extracted_at
    from items

    union

    select
        subscription_id,
        _extracted_at
    from subscriptions
),

lacking as (
    select
        first_seen.subscription_id,
        first_seen.item_id,
        first_seen.first_seen_at,
        first_seen.is_item_dated,
        max(lists.recorded_at) as lacked_at
    from first_seen
    inner join showings
        on
            first_seen.subscription_id = showings.subscription_id
            and first_seen.first_seen_at > showings._extracted_at
    inner join lists
        on
            first_seen._source = lists.source_name
            and showings._extracted_at = lists.recorded_at
    group by
        first_seen.subscription_id,
        first_seen.item_id,
        first_seen.first_seen_at,
        first_seen.is_item_dated
)

select
    ledger.subscription_id || ', item ' || ledger.item_id || ': ' || ledger.standing
    || ' from ' || cast(ledger.effective_at as {{ dbt.type_string() }})
    || ', but the list of ' || cast(lacking.lacked_at as {{ dbt.type_string() }})
    || ' had the subscription without this item, which came with '
    || ledger.source_name || '/' || ledger.source_file
    || ' of ' || cast(lacking.first_seen_at as {{ dbt.type_string() }}) as message,
    ledger.ledger_id,
    ledger.source_name,
    ledger.source_file,
    ledger.source_line
from lacking
inner join ledger
    on
        lacking.subscription_id = ledger.subscription_id
        and lacking.item_id = ledger.item_id
        and lacking.first_seen_at > ledger.effective_at
left join latest on lacking.subscription_id = latest.subscription_id
where
    lacking.lacked_at >= ledger.effective_at
    or not (lacking.is_item_dated or coalesce(latest.started_at > lacking.lacked_at, false))
