-- Grain: one row per deal for new business that was not merged into another.
with deals as (
    select * from {{ ref('stg_crm_deals') }}
    where
        created_at <= {{ as_of() }}
        and coalesce(deal_type, 'new') = 'new'
),

account_references as (
    select * from {{ ref('int_identity__account_references') }}
),

merged_deals as (
    select * from {{ ref('int_identity__merged_records') }}
    where object = 'deal'
)

select
    deals.deal_id,
    account_references.crm_account_id,
    deals.channel,
    deals.campaign,
    deals.team,
    deals.reseller_id,
    deals.created_at,
    case when deals.outcome = 'won' and deals.won_at <= {{ as_of() }} then deals.won_at end
        as won_at
from deals
left join account_references
    on deals.crm_account_id = account_references.reference
left join merged_deals
    on deals.deal_id = merged_deals.merged_id
-- Merges in a circle have no survivor: dropping all of them would lose the deal.
where merged_deals.survivor_id is null
