-- Grain: one row per movement that breaks the rule: before plus delta is not after, or the type
-- says that the customer came from or went to somewhere else.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
)

select
    movement_id || ': MRR ' || {{ told('mrr_before') }}
    || ' plus ' || {{ told('mrr_delta') }}
    || ' to ' || {{ told('mrr_after') }}
    || ' is no movement of type ' || {{ told('movement_type') }} as message,
    movement_id,
    customer_id,
    movement_type,
    mrr_before,
    mrr_delta,
    mrr_after
from movements
where
    mrr_before + mrr_delta is distinct from mrr_after
    or coalesce(
        case movement_type
            when 'new' then mrr_before <> 0 or mrr_after <= 0
            when 'reactivation' then mrr_before <> 0 or mrr_after <= 0
            when 'expansion' then mrr_before <= 0 or mrr_delta <= 0
            when 'contraction' then mrr_after <= 0 or mrr_delta >= 0
            when 'churn' then mrr_before <= 0 or mrr_after <> 0
        end,
        true
    )
