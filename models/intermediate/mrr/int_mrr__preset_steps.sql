-- Grain: one row per item state, preset and reason for which its definition gives it another MRR:
-- together the reasons lead from our MRR to theirs.
with states as (
    select * from {{ ref('int_mrr__preset_states') }}
),

steps as (
    select
        customer_id,
        currency,
        preset,
        start_at,
        end_at,
        'discounts' as reason,
        after_discounts - mrr as mrr_difference
    from states

    union all

    select
        customer_id,
        currency,
        preset,
        start_at,
        end_at,
        case standing
            when 'paused' then 'pause'
            when 'retention_trial' then 'retention_trial'
            when 'unpaid' then 'unpaid'
            when 'past_due_limit' then 'past_due'
        end as reason,
        after_status - after_discounts as mrr_difference
    from states

    union all

    select
        customer_id,
        currency,
        preset,
        start_at,
        end_at,
        'mrr_start' as reason,
        after_start - after_status as mrr_difference
    from states

    union all

    select
        customer_id,
        currency,
        preset,
        start_at,
        end_at,
        'churn_date' as reason,
        preset_mrr - after_start as mrr_difference
    from states
)

select
    customer_id,
    currency,
    preset,
    start_at,
    end_at,
    reason,
    cast(mrr_difference as {{ type_money() }}) as mrr_difference
from steps
where mrr_difference <> 0
