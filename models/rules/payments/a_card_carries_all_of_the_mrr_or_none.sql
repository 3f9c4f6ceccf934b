-- Grain: one row per card that breaks the rule: no MRR hangs on it, a part of it is at risk, or
-- nobody says when it expires.
with cards as (
    select * from {{ ref('fct_card_expiries') }}
)

select
    {{ told('customer_id') }} || ': the card lasts until the month '
    || {{ told('card_expires_month') }}
    || ', '
    || {{ told('mrr_at_risk') }}
    || ' of MRR '
    || {{ told('mrr') }}
    || ' is at risk, and the customer has '
    || case
        when has_other_method then 'another method'
        when not has_other_method then 'no other method'
        else 'nobody says whether another method'
    end as message,
    customer_id,
    card_expires_month
from cards
where
    card_expires_month is null
    or has_other_method is null
    or coalesce(mrr <= 0, true)
    or mrr_at_risk is distinct from case when has_other_method then 0 else mrr end
