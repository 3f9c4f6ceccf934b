-- Grain: one row per item that has terms and that a line of its subscription names. What no line
-- names, and lines that name no such item, are compared together.
with states as (
    select distinct
        subscription_id,
        item_id
    from {{ ref('int_states__item_states') }}
),

lines as (
    select distinct
        subscription_id,
        item_id
    from {{ ref('int_payments__recurring_lines') }}
)

select
    states.subscription_id,
    states.item_id
from states
inner join lines
    on
        states.subscription_id = lines.subscription_id
        and states.item_id = lines.item_id
