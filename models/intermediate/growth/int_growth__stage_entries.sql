-- Grain: one row per journey and stage of the funnel that it is known to have entered.
with journeys as (
    select * from {{ ref('int_growth__journeys') }}
),

leads as (
    select * from {{ ref('int_growth__leads') }}
),

deals as (
    select * from {{ ref('int_growth__deals') }}
),

deal_stages as (
    select * from {{ ref('stg_crm_deal_stages') }}
),

stages as (
    select * from {{ ref('stg_crm_stages') }}
),

lead_entries as (
    select
        lead_id,
        'lead' as stage,
        created_at as entered_at
    from leads
    union all
    select
        lead_id,
        'marketing_qualified' as stage,
        marketing_qualified_at as entered_at
    from leads
    union all
    select
        lead_id,
        'sales_qualified' as stage,
        sales_qualified_at as entered_at
    from leads
    union all
    -- A lead that became a customer without a deal bought on its own.
    select
        lead_id,
        'won' as stage,
        converted_at as entered_at
    from leads
    where deal_id is null
),

pipeline_entries as (
    select
        deal_stages.deal_id,
        stages.funnel_stage as stage,
        deal_stages.entered_at,
        row_number() over (
            partition by deal_stages.deal_id, deal_stages.stage
            order by deal_stages.entered_at
        ) as entry_number
    from deal_stages
    inner join stages
        on
            deal_stages.source_name = stages.source_name
            and deal_stages.stage = stages.stage
            and (deal_stages.pipeline is null or deal_stages.pipeline = stages.pipeline)
    where stages.funnel_stage is not null
),

deal_entries as (
    select
        deal_id,
        'opportunity' as stage,
        created_at as entered_at,
        1 as entry_number
    from deals
    union all
    select
        deal_id,
        'won' as stage,
        won_at as entered_at,
        1 as entry_number
    from deals
    union all
    select
        deal_id,
        stage,
        entered_at,
        entry_number
    from pipeline_entries
    -- A deal that was moved to the won stage and back is not won: the deal itself says so.
    where stage <> 'won'
),

entries as (
    select
        journeys.journey_id,
        lead_entries.stage,
        lead_entries.entered_at,
        1 as entry_number
    from journeys
    inner join lead_entries
        on journeys.lead_id = lead_entries.lead_id
    union all
    select
        journeys.journey_id,
        deal_entries.stage,
        deal_entries.entered_at,
        deal_entries.entry_number
    from journeys
    inner join deal_entries
        on journeys.deal_id = deal_entries.deal_id
)

select
    journey_id,
    stage,
    min(entered_at) as entered_at,
    max(entry_number) > 1 as is_reentered
from entries
where entered_at <= {{ as_of() }}
group by
    journey_id,
    stage
