-- Grain: one row per price that breaks the rule: the ledger names it and dim_prices lacks it.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

prices as (
    select * from {{ ref('dim_prices') }}
)

select
    ledger.price_id || ': is named by ' || cast(count(*) as {{ dbt.type_string() }})
    || ' ledger rows, the first of ' || cast(min(ledger.effective_date) as {{ dbt.type_string() }})
    || ', and is not in dim_prices' as message,
    ledger.price_id
from ledger
left join prices on ledger.price_id = prices.price_id
where
    ledger.price_id is not null
    and prices.price_id is null
group by ledger.price_id
