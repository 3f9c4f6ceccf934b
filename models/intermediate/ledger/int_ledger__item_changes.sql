-- Grain: one row per item and instant at which its state begins, changes or ends.
-- Before and after are two stored states, so every delta is exact. A state that nothing follows at
-- its end, or that goes on under another customer or currency, ends in a row of its own.
-- States of an item never overlap, so the state that ends at an instant is the one before: a join
-- finds it at half the cost of a window, which would carry every column through a sort.
-- Each CTE reads the states for itself, because what is read twice the engine first keeps whole.
with states as (
    select * from {{ ref('int_states__item_states') }}
    where
        start_at <= {{ as_of() }}
        and {{ is_affected_row('int_states__item_states') }}
),

ended as (
    select * from {{ ref('int_states__item_states') }}
    where
        end_at <= {{ as_of() }}
        and {{ is_affected_row('int_states__item_states') }}
),

without_mrr as (
    select * from {{ ref('int_states__item_states') }}
    where
        mrr = 0
        and {{ is_affected_row('int_states__item_states') }}
),

changes as (
    select
        coalesce(states.customer_id, ended.customer_id) as customer_id,
        coalesce(states.subscription_id, ended.subscription_id) as subscription_id,
        coalesce(states.item_id, ended.item_id) as item_id,
        coalesce(states.start_at, ended.end_at) as effective_at,
        case when states.item_id is null then 'end' else 'start' end as change_side,
        coalesce(states.currency, ended.currency) as currency,
        case when states.item_id is null then ended.product_id else states.product_id end
            as product_id,
        case when states.item_id is null then ended.plan_name else states.plan_name end
            as plan_name,
        case when states.item_id is null then ended.price_id else states.price_id end as price_id,
        coalesce(states.standing, switched.standing, 'ended') as standing,
        ended.product_id as previous_product_id,
        ended.plan_name as previous_plan_name,
        coalesce(ended.quantity, 0) as quantity_before,
        coalesce(states.quantity, 0) as quantity_after,
        case when states.item_id is null then ended.interval_unit else states.interval_unit end
            as interval_unit,
        case when states.item_id is null then ended.interval_count else states.interval_count end
            as interval_count,
        coalesce(
            ended.interval_unit <> states.interval_unit
            or ended.interval_count <> states.interval_count,
            false
        ) as is_interval_change,
        ended.price_per_unit as price_per_unit_before,
        ended.interval_unit as interval_unit_before,
        ended.interval_count as interval_count_before,
        coalesce(ended.list_mrr, 0) as list_mrr_before,
        coalesce(states.list_mrr, 0) as list_mrr_after,
        coalesce(ended.mrr, 0) as mrr_before,
        coalesce(states.mrr, 0) as mrr_after,
        coalesce(ended.committed_mrr, 0) as committed_mrr_before,
        coalesce(states.committed_mrr, 0) as committed_mrr_after,
        coalesce(states.source_name, ended.source_name) as source_name,
        case when states.item_id is null then ended.end_source_file else states.source_file end
            as source_file,
        case when states.item_id is null then ended.end_source_line else states.source_line end
            as source_line,
        coalesce(states.recorded_at, ended.end_recorded_at) as recorded_at
    from states
    full outer join ended
        on
            states.subscription_id = ended.subscription_id
            and states.item_id = ended.item_id
            and states.start_at = ended.end_at
            and states.customer_id = ended.customer_id
            and states.currency = ended.currency
    -- An item that goes on in another currency without MRR has not ended: it stands as it goes on.
    left join without_mrr as switched
        on
            ended.subscription_id = switched.subscription_id
            and ended.item_id = switched.item_id
            and ended.end_at = switched.start_at
            and ended.customer_id = switched.customer_id
            and ended.currency <> switched.currency
)

select
    changes.*,
    cast(mrr_after - mrr_before as {{ type_money() }}) as mrr_delta,
    cast(committed_mrr_after - committed_mrr_before as {{ type_money() }}) as committed_mrr_delta,
    {{ is_plan_change() }} as is_plan_change
from changes
