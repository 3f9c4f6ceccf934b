-- Grain: one row per lead, with its deal, and per deal that no lead became. A lead and a deal may
-- have the same id: the journey of such a deal says that it is a deal's.
-- DECISIONS.md#a-deal-and-a-lead-with-the-same-id
with leads as (
    select * from {{ ref('int_growth__leads') }}
),

deals as (
    select * from {{ ref('int_growth__deals') }}
),

accounts as (
    select * from {{ ref('int_identity__account_records') }}
    where is_survivor
),

-- Several leads can become one deal: of those that name it the eldest carries it, else of all.
carriers as (
    select
        leads.deal_id,
        leads.lead_id,
        row_number() over (
            partition by leads.deal_id
            order by
                case when leads.is_deal_named then 0 else 1 end,
                leads.created_at,
                leads.lead_id
        ) as lead_rank
    from leads
    inner join deals
        on leads.deal_id = deals.deal_id
),

lead_journeys as (
    select
        leads.lead_id as journey_id,
        leads.lead_id,
        deals.deal_id,
        coalesce(carriers.lead_rank > 1, false) as is_deal_of_another,
        coalesce(deals.crm_account_id, leads.crm_account_id) as crm_account_id,
        coalesce(leads.channel, deals.channel) as channel,
        coalesce(leads.campaign, deals.campaign) as campaign,
        deals.team,
        coalesce(accounts.reseller_id, deals.reseller_id) as reseller_id,
        least(leads.created_at, coalesce(deals.created_at, leads.created_at)) as began_at
    from leads
    left join carriers
        on leads.lead_id = carriers.lead_id
    left join deals
        on
            carriers.deal_id = deals.deal_id
            and carriers.lead_rank = 1
    left join accounts
        on leads.crm_account_id = accounts.crm_account_id
),

deal_journeys as (
    select
        case when namesakes.lead_id is null then deals.deal_id else 'deal:' || deals.deal_id end
            as journey_id,
        cast(null as {{ dbt.type_string() }}) as lead_id,
        deals.deal_id,
        false as is_deal_of_another,
        deals.crm_account_id,
        deals.channel,
        deals.campaign,
        deals.team,
        deals.reseller_id,
        deals.created_at as began_at
    from deals
    left join carriers
        on deals.deal_id = carriers.deal_id
    left join leads as namesakes
        on deals.deal_id = namesakes.lead_id
    where carriers.deal_id is null
)

select * from lead_journeys
union all
select * from deal_journeys
