{{ config(materialized='table') }}

-- Grain: one row per churn movement, with its class and the number of the evidence that decided.
-- DECISIONS.md#the-class-paused
-- DECISIONS.md#evidence-2-of-churn
with churns as (
    select * from {{ ref('int_retention__churn_movements') }}
),

causes as (
    select * from {{ ref('int_retention__churn_causes') }}
),

dunnings as (
    select * from {{ ref('int_retention__churn_dunnings') }}
),

evidence as (
    select
        churns.movement_id,
        churns.churn_kind,
        causes.end_reason,
        causes.end_feedback,
        causes.source_name,
        causes.source_file,
        causes.source_line,
        case
            when causes.end_reason in ('voluntary', 'involuntary') then 1
            -- Without a dunning nothing but a wish to leave can explain the request.
            when
                causes.cancel_requested_at is not null
                and (
                    dunnings.first_failed_at is null
                    or causes.cancel_requested_at < dunnings.first_failed_at
                )
                then 2
            when
                churns.churn_kind in ('unpaid', 'past_due_limit')
                or causes.last_status in ('past_due', 'unpaid')
                or coalesce(dunnings.is_exhausted, false)
                then 3
            else 4
        end as churn_evidence
    from churns
    left join causes
        on churns.movement_id = causes.movement_id
    left join dunnings
        on churns.movement_id = dunnings.movement_id
)

select
    movement_id,
    churn_evidence,
    case
        when churn_evidence = 1 then end_reason
        when churn_evidence = 2 then 'voluntary'
        when churn_evidence = 3 then 'involuntary'
        -- Nothing explains why it would have left, because it has not: it may come back.
        when churn_kind = 'pause' then 'paused'
        when churn_evidence = 4 then 'unknown'
    end as churn_class,
    end_reason as reason,
    end_feedback as feedback,
    source_name,
    source_file,
    source_line
from evidence
