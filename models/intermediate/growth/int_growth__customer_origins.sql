-- Grain: one row per customer: the team that won it and the campaign that brought it.
-- DECISIONS.md#team-and-campaign
with customers as (
    select * from {{ ref('int_customers__customers') }}
),

billing_records as (
    select
        customer_id,
        acquisition_campaign
    from {{ ref('stg_customers') }}
),

accounts as (
    select * from {{ ref('int_identity__customer_accounts') }}
),

journeys as (
    select * from {{ ref('int_growth__journeys') }}
),

-- Later deals of the account sold it more; the first one won it.
winning_deals as (
    select
        crm_account_id,
        deal_id,
        row_number() over (partition by crm_account_id order by won_at, deal_id) as win_number
    from {{ ref('int_growth__deals') }}
    where won_at is not null
),

-- Who buys without a deal may still have been a lead.
first_leads as (
    select
        crm_account_id,
        campaign,
        row_number() over (partition by crm_account_id order by created_at, lead_id) as lead_number
    from {{ ref('int_growth__leads') }}
    where campaign is not null
)

select
    customers.customer_id,
    winning_deals.deal_id,
    coalesce(journeys.team, 'none') as team,
    coalesce(
        billing_records.acquisition_campaign, journeys.campaign, first_leads.campaign, 'none'
    ) as campaign
from customers
left join billing_records
    on customers.customer_id = billing_records.customer_id
left join accounts
    on customers.customer_id = accounts.customer_id
left join winning_deals
    on
        accounts.crm_account_id = winning_deals.crm_account_id
        and winning_deals.win_number = 1
left join journeys
    on winning_deals.deal_id = journeys.deal_id
left join first_leads
    on
        accounts.crm_account_id = first_leads.crm_account_id
        and first_leads.lead_number = 1
