{{ config(materialized='table') }}

-- Grain: one row per deal for new business that was not merged into another.
-- DECISIONS.md#a-deals-amount
with deals as (
    select * from {{ ref('stg_crm_deals') }}
    where
        created_at <= {{ as_of() }}
        and coalesce(deal_type, 'new') = 'new'
),

account_references as (
    select * from {{ ref('int_identity__account_references') }}
),

accounts as (
    select * from {{ ref('int_identity__account_records') }}
    where is_survivor
),

merged_deals as (
    select * from {{ ref('int_identity__merged_records') }}
    where object = 'deal'
),

outcomes as (
    select * from {{ ref('int_growth__deal_outcomes') }}
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
),

known as (
    select
        deals.deal_id,
        account_references.crm_account_id,
        deals.channel,
        deals.campaign,
        deals.team,
        coalesce(accounts.reseller_id, deals.reseller_id) as reseller_id,
        deals.created_at,
        outcomes.outcome,
        outcomes.won_at,
        outcomes.lost_at,
        deals.amount as amount_native,
        deals.currency,
        coalesce(outcomes.won_at, deals.created_at) as valued_at
    from deals
    left join outcomes
        on deals.deal_id = outcomes.deal_id
    left join account_references
        on deals.crm_account_id = account_references.reference
    left join accounts
        on account_references.crm_account_id = accounts.crm_account_id
    left join merged_deals
        on deals.deal_id = merged_deals.merged_id
    -- Merges in a circle have no survivor: dropping all of them would lose the deal.
    where merged_deals.survivor_id is null
)

select
    known.*,
    {{ balance_in_reporting_currency('known.amount_native', 'known.currency', 'rates.rate') }}
        as amount
from known
left join rates
    on
        known.currency = rates.currency
        and {{ local_date('known.valued_at') }} = rates.rate_day
