-- Grain: one row per lead that was not merged into another, with the deal it became.
with leads as (
    select * from {{ ref('stg_crm_leads') }}
    where created_at <= {{ as_of() }}
),

account_references as (
    select * from {{ ref('int_identity__account_references') }}
),

merged_records as (
    select * from {{ ref('int_identity__merged_records') }}
)

select
    leads.lead_id,
    account_references.crm_account_id,
    coalesce(merged_deals.survivor_id, leads.converted_deal_id) as deal_id,
    leads.channel,
    leads.campaign,
    leads.created_at,
    leads.marketing_qualified_at,
    leads.sales_qualified_at,
    leads.converted_at
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
-- Merges in a circle have no survivor: dropping all of them would lose the lead.
where merged_leads.survivor_id is null
