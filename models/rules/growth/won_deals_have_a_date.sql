-- Grain: one row per deal that breaks the rule: it was won, and nobody says when.
with deals as (
    select * from {{ ref('int_growth__deals') }}
)

select
    deal_id || ': the deal was won, and nothing says when' as message,
    deal_id
from deals
where
    outcome = 'won'
    and won_at is null
