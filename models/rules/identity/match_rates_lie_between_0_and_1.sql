-- Grain: one row per source and sales route that breaks the rule: one of its match rates is no
-- share.
with rates as (
    select * from {{ ref('fct_identity_match_rate') }}
)

select
    coalesce(source_name, 'nothing') || ', ' || coalesce(sales_route, 'nothing')
    || ': of customers '
    || coalesce(cast(match_rate as {{ dbt.type_string() }}), 'nothing')
    || ' match, of paying ones '
    || coalesce(cast(paying_match_rate as {{ dbt.type_string() }}), 'nothing')
    || ', of MRR '
    || coalesce(cast(mrr_match_rate as {{ dbt.type_string() }}), 'nothing') as message,
    source_name,
    sales_route
from rates
where
    match_rate not between 0 and 1
    or paying_match_rate not between 0 and 1
    or mrr_match_rate not between 0 and 1
