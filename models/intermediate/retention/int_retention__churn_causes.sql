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

item_versions as (
    select * from {{ ref('stg_subscription_items') }}
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
        on churns.customer_id = ledger.customer_id
        and churns.churned_on = ledger.effective_date
    where ledger.mrr_delta_native < 0
),

-- The status in force until the fall, or the one that the fall itself brought.
item_statuses as (
    select
        falls.ledger_id,
        item_versions.status,
        row_number() over (
            partition by falls.ledger_id
            order by
                case when item_versions.status = 'ended' then 1 else 0 end,
                item_versions.valid_from desc,
                item_versions.recorded_at desc,
                item_versions.source_file desc,
                item_versions.source_line desc
        ) as version_rank
    from falls
    inner join item_versions
        on falls.subscription_id = item_versions.subscription_id
        and falls.item_id = item_versions.item_id
        and item_versions.valid_from <= falls.effective_at
    where item_versions.status is not null
),

causes as (
    select
        falls.movement_id,
        falls.source_file,
        falls.source_line,
        subscriptions.end_reason,
        subscriptions.end_feedback,
        subscriptions.cancel_requested_at,
        coalesce(
            item_statuses.status,
            case when subscriptions.status in ('past_due', 'unpaid') then subscriptions.status end
        ) as last_status,
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
        on falls.subscription_id = subscriptions.subscription_id
        and (
            falls.returned_on is null
            or {{ local_date('subscriptions.ended_at') }} < falls.returned_on
        )
    left join item_statuses
        on falls.ledger_id = item_statuses.ledger_id
        and item_statuses.version_rank = 1
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
