-- Grain: one row per churn movement: the subscription whose fall took the customer's MRR to 0.
-- DECISIONS.md#the-reason-of-a-customer-who-came-back
with churns as (
    select * from {{ ref('int_retention__churn_movements') }}
),

ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

observations as (
    select * from {{ ref('stg_subscription_observations') }}
),

item_states as (
    select * from {{ ref('int_states__item_states') }}
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
        ledger.source_name,
        ledger.source_file,
        ledger.source_line
    from churns
    inner join ledger
        on
            churns.customer_id = ledger.customer_id
            and churns.churned_on = ledger.effective_date
    where ledger.mrr_delta_native < 0
),

-- Who came back left for the reason that was told then: that of a later end says nothing about it,
-- and what runs again has none.
previous_ends as (
    select
        falls.ledger_id,
        observations.end_reason,
        observations.end_feedback,
        observations.cancel_requested_at,
        row_number() over (
            partition by falls.ledger_id
            order by observations.recorded_at desc
        ) as recency
    from falls
    inner join observations
        on
            falls.subscription_id = observations.subscription_id
            and observations.status = 'ended'
            and {{ local_date('observations.ended_at') }} < falls.returned_on
            and {{ local_date('observations.recorded_at') }} >= falls.churned_on
),

told as (
    select
        falls.*,
        case
            when falls.returned_on is null then subscriptions.end_reason
            else previous_ends.end_reason
        end as end_reason,
        case
            when falls.returned_on is null then subscriptions.end_feedback
            else previous_ends.end_feedback
        end as end_feedback,
        case
            when falls.returned_on is null then subscriptions.cancel_requested_at
            else previous_ends.cancel_requested_at
        end as cancel_requested_at
    from falls
    left join subscriptions on falls.subscription_id = subscriptions.subscription_id
    left join previous_ends
        on
            falls.ledger_id = previous_ends.ledger_id
            and previous_ends.recency = 1
),

causes as (
    select
        told.movement_id,
        told.source_name,
        told.source_file,
        told.source_line,
        told.end_reason,
        told.end_feedback,
        -- A source of items only has the wish to end as a flag, from the version that brought it.
        case
            -- Who pauses today and asks to leave next year did not leave today.
            when {{ local_date('told.cancel_requested_at') }} <= told.churned_on
                then told.cancel_requested_at
            when item_states.is_ending then item_states.start_at
        end as cancel_requested_at,
        item_states.status as last_status,
        row_number() over (
            partition by told.movement_id
            order by
                case
                    when told.end_reason in ('voluntary', 'involuntary') then 0
                    else 1
                end,
                told.effective_at desc,
                told.ledger_id desc
        ) as cause_rank
    from told
    left join item_states
        on
            told.subscription_id = item_states.subscription_id
            and told.item_id = item_states.item_id
            and told.effective_at = item_states.end_at
)

select
    movement_id,
    end_reason,
    end_feedback,
    cancel_requested_at,
    last_status,
    source_name,
    source_file,
    source_line
from causes
where cause_rank = 1
