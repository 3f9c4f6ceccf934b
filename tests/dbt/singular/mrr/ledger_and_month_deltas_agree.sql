-- metrics.md 9: what the ledger of a month adds up to is what its balances changed by, in native
-- money.
with ledger as (
    select
        customer_id,
        currency,
        {{ month_index('effective_date') }} as month_index,
        sum(mrr_delta_native) as delta_native
    from {{ ref('fct_mrr_ledger') }}
    where {{ is_recomputed(month_index('effective_date')) }}
    group by
        customer_id,
        currency,
        {{ month_index('effective_date') }}
),

months as (
    select
        customer_id,
        currency,
        month_index,
        closing_native - opening_native as delta_native
    from {{ ref('int_mrr__customer_currency_months') }}
)

select
    coalesce(ledger.customer_id, months.customer_id) as customer_id,
    coalesce(ledger.month_index, months.month_index) as month_index,
    ledger.delta_native as ledger_delta,
    months.delta_native as month_delta
from ledger
full outer join months
    on
        ledger.customer_id = months.customer_id
        and ledger.currency = months.currency
        and ledger.month_index = months.month_index
where coalesce(ledger.delta_native, 0) <> coalesce(months.delta_native, 0)
