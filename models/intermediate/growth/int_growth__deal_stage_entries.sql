-- Grain: one row per deal and time that it entered a stage of the funnel, by the CRM's history.
-- A stage entered again while the deal is in it is entered once.
-- DECISIONS.md#a-stage-entered-twice-in-a-row
with deals as (
    select * from {{ ref('stg_crm_deals') }}
),

deal_stages as (
    select * from {{ ref('stg_crm_deal_stages') }}
    where entered_at <= {{ as_of() }}
),

stages as (
    select * from {{ ref('stg_crm_stages') }}
),

named as (
    select distinct
        deal_stages.deal_id,
        greatest(deal_stages.entered_at, deals.created_at) as entered_at,
        deal_stages.stage as crm_stage,
        coalesce(stages.funnel_stage, case stages.outcome when 'won' then 'won' end) as stage
    from deal_stages
    inner join deals
        on deal_stages.deal_id = deals.deal_id
    left join stages
        on {{ is_stage_told('deal_stages', 'coalesce(deal_stages.pipeline, deals.pipeline)') }}
),

followed as (
    select
        deal_id,
        entered_at,
        stage,
        lag(stage) over (
            partition by deal_id
            order by entered_at, crm_stage, stage
        ) as previous_stage
    from named
)

select
    deal_id,
    stage,
    entered_at,
    row_number() over (partition by deal_id, stage order by entered_at) as entry_number
from followed
where
    stage is not null
    and (previous_stage is null or previous_stage <> stage)
