-- Grain: one row per subscription of a single item with a term that no mapping reads, with the MRR
-- that the source itself reports: that is the item's then.
-- DECISIONS.md#terms-that-no-mapping-reads
with items as (
    select
        subscription_id,
        count(distinct item_id) as items
    from {{ ref('stg_subscription_items') }}
    where
        subscription_id in (
            select unread.subscription_id
            from {{ ref('stg_subscription_items') }} as unread
            where unread.unread_terms is not null
        )
    group by subscription_id
)

select
    subscriptions.subscription_id,
    subscriptions.mrr_reported
from {{ ref('stg_subscriptions') }} as subscriptions
inner join items on subscriptions.subscription_id = items.subscription_id
where
    items.items = 1
    and subscriptions.mrr_reported is not null
    and {{ is_affected_subscription('subscriptions.subscription_id') }}
