-- Grain: one row per ledger row that ends an item before a delivery which still showed it running,
-- and was there before the end was told: it contradicts the row. An item without a status of its
-- is shown running where its subscription is; one whose subscription is not delivered, by itself.
with ended as (
    select * from {{ ref('fct_mrr_ledger') }}
    where
        standing = 'ended'
        and source_name in (
            select bases.source_name from {{ ref('int_terms__source_bases') }} as bases
            where bases.mrr_basis = 'items'
        )
),

items as (
    select * from {{ source('raw', 'subscription_items') }}
    where
        _is_state
        and not _is_deleted
        and coalesce(status, 'active') <> 'ended'
),

subscriptions as (
    select
        subscription_id,
        recorded_at,
        status,
        is_deleted
    from {{ ref('stg_subscription_observations') }}
),

contradicted as (
    select
        ended.ledger_id,
        max(items._extracted_at) as seen_at
    from ended
    inner join items
        on
            ended.subscription_id = {{ source_key('items.subscription_id', 'items._source') }}
            and ended.item_id = {{ source_key('items.item_id', 'items._source') }}
            and ended.effective_at < items._extracted_at
            and ended.recorded_at > items._extracted_at
            and (
                items.valid_to is null
                or cast(items.valid_to as {{ type_instant() }}) > items._extracted_at
            )
    left join subscriptions
        on
            ended.subscription_id = subscriptions.subscription_id
            and items._extracted_at = subscriptions.recorded_at
    where
        (not subscriptions.is_deleted and subscriptions.status <> 'ended')
        or ended.subscription_id not in (select known.subscription_id from subscriptions as known)
    group by ended.ledger_id
)

select
    ended.subscription_id || ', item ' || ended.item_id || ': ended from '
    || cast(ended.effective_at as {{ dbt.type_string() }})
    || ', but the delivery of ' || cast(contradicted.seen_at as {{ dbt.type_string() }})
    || ' still showed it, and the end was told by '
    || ended.source_name || '/' || ended.source_file
    || ' of ' || cast(ended.recorded_at as {{ dbt.type_string() }}) as message,
    ended.ledger_id,
    ended.source_name,
    ended.source_file,
    ended.source_line
from contradicted
inner join ended on contradicted.ledger_id = ended.ledger_id
