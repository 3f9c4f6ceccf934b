-- Grain: one row per subscription that breaks the rule: its items have another MRR than it has.
with items as (
    select
        subscription_id,
        sum(mrr) as mrr
    from {{ ref('dim_subscription_items') }}
    group by subscription_id
),

subscriptions as (
    select * from {{ ref('dim_subscriptions') }}
)

select
    subscriptions.subscription_id || ' has an MRR of ' || {{ told('subscriptions.mrr') }}
    || ', its items ' || {{ told('items.mrr') }} as message,
    subscriptions.subscription_id
from subscriptions
left join items on subscriptions.subscription_id = items.subscription_id
where coalesce(items.mrr, 0) is distinct from subscriptions.mrr
