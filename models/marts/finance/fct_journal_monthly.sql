-- Grain: one row per month, account and currency of invoices or payments.
with entries as (
    select * from {{ ref('int_finance__entries') }}
),

sides as (
    select
        month_index,
        debited_account as account,
        currency,
        debited_native as debits_native,
        returned_native as credits_native,
        debited as debits,
        returned as credits
    from entries

    union all

    select
        month_index,
        credited_account as account,
        currency,
        returned_native as debits_native,
        debited_native as credits_native,
        returned as debits,
        debited as credits
    from entries
)

select
    {{ month_from_index('month_index') }} as period_month,
    account,
    currency,
    {{ money_sum('debits_native') }} as debits_native,
    {{ money_sum('credits_native') }} as credits_native,
    {{ money_sum('debits') }} as debits,
    {{ money_sum('credits') }} as credits,
    month_index >= {{ month_index(as_of_date()) }} as is_partial
from sides
group by
    month_index,
    account,
    currency
