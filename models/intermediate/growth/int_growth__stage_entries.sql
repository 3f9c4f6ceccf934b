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

deal_stage_entries as (
    select * from {{ ref('int_growth__deal_stage_entries') }}
),

first_mrr_wins as (
    select * from {{ ref('int_growth__first_mrr_wins') }}
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
    -- A CRM converts a lead when sales takes it on: nobody has bought.
    select
        lead_id,
        'sales_qualified' as stage,
        coalesce(sales_qualified_at, converted_at) as entered_at
    from leads
    union all
    select
        lead_id,
        'opportunity' as stage,
        opportunity_at as entered_at
    from leads
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
    from deal_stage_entries
    -- A deal that was moved to the won stage and back is not won: the deal itself says so.
    where stage <> 'won'
),

entries as (
    select
        journeys.journey_id,
        lead_entries.stage,
        greatest(lead_entries.entered_at, leads.created_at) as entered_at,
        1 as entry_number
    from journeys
    inner join lead_entries
        on journeys.lead_id = lead_entries.lead_id
    inner join leads
        on lead_entries.lead_id = leads.lead_id
    where
        lead_entries.entered_at is not null
        -- The opportunity of a deal that another lead carries is counted there.
        and not (lead_entries.stage = 'opportunity' and journeys.is_deal_of_another)
    union all
    select
        journeys.journey_id,
        deal_entries.stage,
        deal_entries.entered_at,
        deal_entries.entry_number
    from journeys
    inner join deal_entries
        on journeys.deal_id = deal_entries.deal_id
    union all
    select
        journey_id,
        'won' as stage,
        won_at as entered_at,
        1 as entry_number
    from first_mrr_wins
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
