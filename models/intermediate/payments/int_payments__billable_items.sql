-- Grain: one row per item that has to be invoiced on the as-of instant, with the instant since when
-- it has had to be without a break: trials, pauses and free times before it were rightly unbilled.
with states as (
    select
        subscription_id,
        item_id,
        customer_id,
        source_name,
        currency,
        interval_unit,
        interval_count,
        start_at,
        end_at,
        mrr,
        mrr > 0 and standing <> 'retention_trial' as is_billable
    from {{ ref('int_states__item_states') }}
    where start_at <= {{ as_of() }}
),

current_states as (
    select * from states
    where
        is_billable
        and (end_at is null or end_at > {{ as_of() }})
),

breaks as (
    select
        subscription_id,
        item_id,
        max(end_at) as broken_until
    from states
    where not is_billable
    group by
        subscription_id,
        item_id
),

unbroken as (
    select
        states.subscription_id,
        states.item_id,
        min(states.start_at) as billable_since
    from states
    left join breaks
        on
            states.subscription_id = breaks.subscription_id
            and states.item_id = breaks.item_id
    where breaks.broken_until is null or states.start_at >= breaks.broken_until
    group by
        states.subscription_id,
        states.item_id
)

select
    current_states.subscription_id,
    current_states.item_id,
    current_states.customer_id,
    current_states.source_name,
    current_states.currency,
    current_states.interval_unit,
    current_states.interval_count,
    current_states.mrr,
    unbroken.billable_since
from current_states
inner join unbroken
    on
        current_states.subscription_id = unbroken.subscription_id
        and current_states.item_id = unbroken.item_id
