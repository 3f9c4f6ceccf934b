-- Grain: one row per source and sales route that breaks the rule: one of its match rates is no
-- share.
with rates as (
    select * from {{ ref('fct_identity_match_rate') }}
)

select
    {{ told('source_name') }} || ', ' || {{ told('sales_route') }}
    || ': of customers '
    || {{ told('match_rate') }}
    || ' match, of paying ones '
    || {{ told('paying_match_rate') }}
    || ', of MRR '
    || {{ told('mrr_match_rate') }} as message,
    source_name,
    sales_route
from rates
where
    match_rate not between 0 and 1
    or paying_match_rate not between 0 and 1
    or mrr_match_rate not between 0 and 1
