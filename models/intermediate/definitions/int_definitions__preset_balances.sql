{{ config(materialized='kept', by='customer') }}

-- Grain: one row per item state, with its MRR by ChartMogul's definition, of the items in another
-- currency that an invoice tells of: those are valued at the rate of the invoiced period.
with states as (
    select * from {{ ref('int_definitions__preset_states') }}
    where
        preset = 'chartmogul'
        and preset_mrr > 0
        and currency <> {{ reporting_currency() }}
),

invoiced as (
    select distinct
        subscription_id,
        item_id,
        currency
    from {{ ref('int_terms__billed_lines') }}
    where not is_proration
)

select
    states.customer_id,
    states.subscription_id,
    states.item_id,
    states.currency,
    states.preset,
    states.start_at,
    states.end_at,
    states.preset_mrr
from states
inner join invoiced
    on
        states.subscription_id = invoiced.subscription_id
        and states.item_id = invoiced.item_id
        and states.currency = invoiced.currency
