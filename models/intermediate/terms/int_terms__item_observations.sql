-- Grain: one row per item and delivery that showed other terms of it than the delivery before, or
-- no longer the item. What was deleted when it was first seen was never there.
-- DECISIONS.md#deleted-when-first-seen
with observations as (
    select
        items.*,
        case
            when items.is_deleted then 'deleted'
            else {{ as_one_text(columns_of_terms() + ['is_cancel_requested', 'valid_to']) }}
        end as terms
    from {{ ref('stg_subscription_items') }} as items
    where
        items.is_observation
        and {{ is_affected_row('stg_subscription_items') }}
),

compared as (
    select
        observations.*,
        lag(observations.terms) over item as previous_terms,
        lag(observations.recorded_at) over item as previous_recorded_at
    from observations
    window item as (
        partition by observations.subscription_id, observations.item_id
        order by observations.recorded_at
    )
)

select
    compared.*,
    coalesce(previous_terms, 'deleted') = 'deleted' as is_coming,
    min(recorded_at) over (partition by subscription_id, item_id) = recorded_at as is_first
from compared
where terms <> coalesce(previous_terms, 'deleted')
