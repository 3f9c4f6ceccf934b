-- Grain: one row per subscription whose source reports another MRR than ours on the as-of day.
with subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
    where
        mrr_reported is not null
        and not is_deleted
),

computed as (
    select
        states.subscription_id,
        sum(states.mrr) as mrr
    from {{ ref('int_states__item_states') }} as states
    inner join subscriptions on states.subscription_id = subscriptions.subscription_id
    where
        states.start_at <= {{ as_of() }}
        and (states.end_at is null or states.end_at > {{ as_of() }})
    group by states.subscription_id
)

select
    subscriptions.subscription_id,
    subscriptions.customer_id,
    subscriptions.mrr_reported,
    cast(coalesce(computed.mrr, 0) as {{ type_money() }}) as mrr_computed,
    subscriptions.source_name,
    subscriptions.source_file,
    subscriptions.source_line,
    subscriptions.recorded_at
from subscriptions
left join computed on subscriptions.subscription_id = computed.subscription_id
where subscriptions.mrr_reported <> coalesce(computed.mrr, 0)
