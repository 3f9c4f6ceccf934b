-- Grain: one row per item with MRR and a change dated after as_of: what its committed MRR will have
-- changed by once all of them have happened, the last at last_change_at (the end of a discount is
-- no change of terms). It is committed, not yet MRR. Nothing comes back this way to an item whose
-- end was asked for.
-- DECISIONS.md#scheduled-changes
with states as (
    select * from {{ ref('int_states__item_states') }}
),

standing as (
    select * from states
    where
        start_at <= {{ as_of() }}
        -- What has no end has nothing scheduled.
        and end_at > {{ as_of() }}
        and mrr > 0
        and not is_ending
),

ranked as (
    select
        states.subscription_id,
        states.item_id,
        states.currency,
        states.mrr,
        states.start_at,
        row_number() over (
            partition by states.subscription_id, states.item_id order by states.start_at desc
        ) as recency
    from states
    where
        states.start_at > {{ as_of() }}
        and states.start_at = states.version_start_at
)

select
    standing.customer_id,
    standing.subscription_id,
    standing.item_id,
    standing.currency,
    standing.plan_name,
    standing.product_id,
    {{ billing_interval('standing.interval_unit', 'standing.interval_count') }}
        as billing_interval,
    ranked.start_at as last_change_at,
    cast(ranked.mrr - standing.mrr as {{ type_money() }}) as committed_mrr_difference
from ranked
inner join standing
    on
        ranked.subscription_id = standing.subscription_id
        and ranked.item_id = standing.item_id
        and ranked.currency = standing.currency
where ranked.recency = 1
