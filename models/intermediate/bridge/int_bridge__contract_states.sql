-- Grain: one row per item and interval in which it has a price, with the contract, and the item of
-- it, that invoice lines name.
-- DECISIONS.md#the-contract-that-a-line-bills
with states as (
    select * from {{ ref('int_states__item_states') }}
    where
        standing not in ('ended', 'incomplete')
        and start_at <= {{ as_of() }}
),

named_items as (
    select * from {{ ref('int_payments__named_items') }}
),

whole_customers as (
    select distinct customer_id
    from {{ ref('int_bridge__service_lines') }}
    where is_for_whole_customer
)

select
    states.customer_id,
    states.subscription_id,
    states.item_id,
    case
        when whole_customers.customer_id is null then states.subscription_id
        else states.customer_id
    end as contract_id,
    case when whole_customers.customer_id is null then coalesce(named_items.item_id, '') else '' end
        as item_key,
    states.currency,
    states.interval_unit,
    states.interval_count,
    states.start_at,
    states.end_at,
    states.list_mrr,
    states.net_mrr,
    states.mrr
from states
left join whole_customers on states.customer_id = whole_customers.customer_id
left join named_items
    on
        states.subscription_id = named_items.subscription_id
        and states.item_id = named_items.item_id
