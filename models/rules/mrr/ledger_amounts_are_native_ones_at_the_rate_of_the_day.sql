-- Grain: one row per ledger row that breaks the rule: an amount in the reporting currency is not
-- the native one at the rate of the day, or has no rate though it is not 0.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

rates as (
    select * from {{ ref('dim_fx_rates') }}
),

rated as (
    select
        ledger.*,
        case
            when ledger.currency = {{ reporting_currency() }}
                then cast(1 as {{ type_exchange_rate() }})
            else rates.rate
        end as rate
    from ledger
    left join rates
        on
            ledger.currency = rates.base
            and ledger.effective_date = rates.rate_day
)

select
    ledger_id || ': MRR ' || {{ told('mrr_before_native') }}
    || ' to ' || {{ told('mrr_after_native') }}
    || ' ' || coalesce(currency, 'of no currency')
    || ' at the rate ' || {{ told('rate') }}
    || ' of ' || cast(effective_date as {{ dbt.type_string() }})
    || ' is not ' || {{ told('mrr_before') }}
    || ' to ' || {{ told('mrr_after') }}
    || ' ' || {{ reporting_currency() }} as message,
    ledger_id,
    currency,
    effective_date,
    rate,
    mrr_before_native,
    mrr_before,
    mrr_after_native,
    mrr_after
from rated
where
    not coalesce(
        abs(mrr_before_native * rate - mrr_before) < 0.0001,
        mrr_before_native = 0 and mrr_before = 0,
        false
    )
    or not coalesce(
        abs(mrr_after_native * rate - mrr_after) < 0.0001,
        mrr_after_native = 0 and mrr_after = 0,
        false
    )
