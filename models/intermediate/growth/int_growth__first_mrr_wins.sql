-- Grain: one row per journey without a won deal that the first MRR of its customer won.
-- DECISIONS.md#when-a-journey-is-won
with journeys as (
    select * from {{ ref('int_growth__journeys') }}
),

leads as (
    select * from {{ ref('int_growth__leads') }}
),

deals as (
    select * from {{ ref('int_growth__deals') }}
),

accounts as (
    select * from {{ ref('int_identity__customer_accounts') }}
),

addresses as (
    select * from {{ ref('int_voice__customer_keys') }}
    where key_kind = 'email'
),

first_mrr as (
    select
        customer_id,
        min(effective_at) as first_mrr_at
    from {{ ref('fct_mrr_ledger') }}
    where mrr_after_native > 0 and effective_at <= {{ as_of() }}
    group by customer_id
),

-- The customers of an account are one buyer; who belongs to none is one by itself.
buyers as (
    select
        coalesce(accounts.crm_account_id, first_mrr.customer_id) as buyer_id,
        min(first_mrr.first_mrr_at) as first_mrr_at
    from first_mrr
    left join accounts
        on first_mrr.customer_id = accounts.customer_id
    group by coalesce(accounts.crm_account_id, first_mrr.customer_id)
),

lead_addresses as (
    select
        leads.lead_id,
        coalesce(accounts.crm_account_id, addresses.customer_id) as buyer_id
    from leads
    inner join addresses
        on leads.email = addresses.key_value
    left join accounts
        on addresses.customer_id = accounts.customer_id
),

known as (
    select
        journeys.journey_id,
        journeys.began_at,
        coalesce(journeys.crm_account_id, lead_addresses.buyer_id) as buyer_id,
        deals.outcome,
        deals.won_at
    from journeys
    left join lead_addresses
        on journeys.lead_id = lead_addresses.lead_id
    left join deals
        on journeys.deal_id = deals.deal_id
),

ranked as (
    select
        known.journey_id,
        known.began_at,
        buyers.first_mrr_at,
        max(case when known.won_at is not null then 1 else 0 end) over (
            partition by known.buyer_id
        ) as wins_by_deal,
        row_number() over (
            partition by known.buyer_id
            order by
                case when known.outcome = 'lost' then 1 else 0 end,
                known.began_at,
                known.journey_id
        ) as journey_rank
    from known
    inner join buyers
        on known.buyer_id = buyers.buyer_id
    where {{ local_date('known.began_at') }} <= {{ local_date('buyers.first_mrr_at') }}
)

select
    journey_id,
    greatest(first_mrr_at, began_at) as won_at
from ranked
where journey_rank = 1 and wins_by_deal = 0
