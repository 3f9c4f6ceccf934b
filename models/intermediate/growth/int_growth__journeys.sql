-- Grain: one row per lead, with its deal, and per deal that no lead became.
with leads as (
    select * from {{ ref('int_growth__leads') }}
),

deals as (
    select * from {{ ref('int_growth__deals') }}
),

-- Two leads can become one deal: the elder one carries it.
carriers as (
    select
        deal_id,
        lead_id,
        row_number() over (partition by deal_id order by created_at, lead_id) as lead_rank
    from leads
    where deal_id is not null
),

lead_journeys as (
    select
        leads.lead_id as journey_id,
        leads.lead_id,
        deals.deal_id,
        coalesce(leads.channel, deals.channel) as channel,
        coalesce(leads.campaign, deals.campaign) as campaign,
        deals.team,
        deals.reseller_id
    from leads
    left join carriers
        on
            leads.lead_id = carriers.lead_id
            and carriers.lead_rank = 1
    left join deals
        on carriers.deal_id = deals.deal_id
),

deal_journeys as (
    select
        deals.deal_id as journey_id,
        cast(null as {{ dbt.type_string() }}) as lead_id,
        deals.deal_id,
        deals.channel,
        deals.campaign,
        deals.team,
        deals.reseller_id
    from deals
    left join carriers
        on deals.deal_id = carriers.deal_id
    where carriers.deal_id is null
)

select * from lead_journeys
union all
select * from deal_journeys
