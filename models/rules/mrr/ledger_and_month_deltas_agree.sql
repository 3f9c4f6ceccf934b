-- Grain: one row per customer, currency and month that breaks the rule: its ledger adds up to
-- something else than what its balance changed by, in native money.
with rows_of_ledger as (
    select
        *,
        {{ month_index('effective_date') }} as month_index
    from {{ ref('fct_mrr_ledger') }}
),

ledger as (
    select
        customer_id,
        currency,
        month_index,
        sum(mrr_delta_native) as delta_native
    from rows_of_ledger
    where {{ is_recomputed('month_index') }}
    group by
        customer_id,
        currency,
        month_index
),

months as (
    select * from {{ ref('int_movements__customer_currency_months') }}
),

compared as (
    select
        coalesce(ledger.customer_id, months.customer_id) as customer_id,
        coalesce(ledger.currency, months.currency) as currency,
        {{ month_from_index('coalesce(ledger.month_index, months.month_index)') }} as period_month,
        coalesce(ledger.delta_native, 0) as delta_of_ledger,
        case
            when months.customer_id is null then 0
            else months.closing_native - months.opening_native
        end as delta_of_month
    from ledger
    full outer join months
        on
            ledger.customer_id = months.customer_id
            and ledger.currency = months.currency
            and ledger.month_index = months.month_index
)

select
    cast(period_month as {{ dbt.type_string() }}) || ', ' || customer_id
    || ': the ledger adds up to ' || cast(delta_of_ledger as {{ dbt.type_string() }})
    || ' ' || coalesce(currency, 'of no currency')
    || ', the balance changed by '
    || {{ told('delta_of_month') }} as message,
    period_month,
    customer_id,
    currency,
    delta_of_ledger,
    delta_of_month
from compared
where delta_of_ledger is distinct from delta_of_month
