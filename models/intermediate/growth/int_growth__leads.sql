{{ config(materialized='table') }}

-- Grain: one row per lead that was not merged into another, with the deal it became.
-- DECISIONS.md#a-lead-and-its-deal
with leads as (
    select * from {{ ref('stg_crm_leads') }}
    where created_at <= {{ as_of() }}
),

account_references as (
    select * from {{ ref('int_identity__account_references') }}
),

merged_records as (
    select * from {{ ref('int_identity__merged_records') }}
),

deals as (
    select * from {{ ref('int_growth__deals') }}
),

-- Renewals and expansions are sold to who has bought: no lead became one.
later_deals as (
    select deal_id
    from {{ ref('stg_crm_deals') }}
    where deal_type <> 'new'
),

known as (
    select
        leads.lead_id,
        account_references.crm_account_id,
        lower(trim(leads.email)) as email,
        case
            when later_deals.deal_id is null
                then coalesce(merged_deals.survivor_id, leads.converted_deal_id)
        end as named_deal_id,
        leads.channel,
        leads.campaign,
        leads.created_at,
        leads.marketing_qualified_at,
        leads.sales_qualified_at,
        leads.converted_at,
        leads.opportunity_at
    from leads
    left join account_references
        on leads.crm_account_id = account_references.reference
    left join merged_records as merged_leads
        on
            leads.lead_id = merged_leads.merged_id
            and merged_leads.object = 'lead'
    left join merged_records as merged_deals
        on
            leads.converted_deal_id = merged_deals.merged_id
            and merged_deals.object = 'deal'
    left join later_deals
        on coalesce(merged_deals.survivor_id, leads.converted_deal_id) = later_deals.deal_id
    -- Merges in a circle have no survivor: dropping all of them would lose the lead.
    where merged_leads.survivor_id is null
),

-- A lead that names no deal became the first deal of its account that was not over before it.
account_deals as (
    select
        known.lead_id,
        deals.deal_id,
        row_number() over (
            partition by known.lead_id
            order by
                case when deals.created_at >= known.created_at then 0 else 1 end,
                deals.created_at,
                deals.deal_id
        ) as deal_rank
    from known
    inner join deals
        on known.crm_account_id = deals.crm_account_id
    where
        known.named_deal_id is null
        and coalesce(deals.won_at, deals.lost_at, known.created_at) >= known.created_at
)

select
    known.lead_id,
    known.crm_account_id,
    known.email,
    coalesce(known.named_deal_id, account_deals.deal_id) as deal_id,
    known.named_deal_id is not null as is_deal_named,
    known.channel,
    known.campaign,
    known.created_at,
    known.marketing_qualified_at,
    known.sales_qualified_at,
    known.converted_at,
    known.opportunity_at
from known
left join account_deals
    on
        known.lead_id = account_deals.lead_id
        and account_deals.deal_rank = 1
