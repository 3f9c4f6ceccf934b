-- Grain: one row per churn movement: the subscription whose fall took the customer's MRR to 0.
with churns as (
    select * from {{ ref('int_retention__churn_movements') }}
),

ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

item_states as (
    select * from {{ ref('int_mrr__item_states') }}
),

falls as (
    select
        churns.movement_id,
        churns.churned_on,
        churns.returned_on,
        ledger.ledger_id,
        ledger.subscription_id,
        ledger.item_id,
        ledger.effective_at,
        ledger.source_file,
        ledger.source_line
    from churns
    inner join ledger
        on
            churns.customer_id = ledger.customer_id
            and churns.churned_on = ledger.effective_date
    where ledger.mrr_delta_native < 0
),

causes as (
    select
        falls.movement_id,
        falls.source_file,
        falls.source_line,
        subscriptions.end_reason,
        subscriptions.end_feedback,
        -- A source of items only has the wish to end as a flag, from the version that brought it.
        case
            -- Who pauses today and asks to leave next year did not leave today.
            when {{ local_date('subscriptions.cancel_requested_at') }} <= falls.churned_on
                then subscriptions.cancel_requested_at
            when item_states.is_ending then item_states.start_at
        end as cancel_requested_at,
        item_states.status as last_status,
        row_number() over (
            partition by falls.movement_id
            order by
                case
                    when subscriptions.end_reason in ('voluntary', 'involuntary') then 0
                    else 1
                end,
                falls.effective_at desc,
                falls.ledger_id desc
        ) as cause_rank
    from falls
    -- The reason of a later end says nothing about a fall that the customer came back from.
    left join subscriptions
        on
            falls.subscription_id = subscriptions.subscription_id
            and (
                falls.returned_on is null
                or {{ local_date('subscriptions.ended_at') }} < falls.returned_on
            )
    left join item_states
        on
            falls.subscription_id = item_states.subscription_id
            and falls.item_id = item_states.item_id
            and falls.effective_at = item_states.end_at
)

select
    movement_id,
    end_reason,
    end_feedback,
    cancel_requested_at,
    last_status,
    source_file,
    source_line
from causes
where cause_rank = 1
