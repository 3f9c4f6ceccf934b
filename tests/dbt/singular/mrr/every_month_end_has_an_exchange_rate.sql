-- metrics.md 4: the same for the day on which a balance is valued.
with balances as (
    select distinct
        currency,
        month_index
    from {{ ref('int_mrr__customer_currency_months') }}
    where
        closing_native > 0
        and currency <> {{ reporting_currency() }}
),

rates as (
    select * from {{ ref('int_mrr__fx_months') }}
)

select
    balances.currency || '/' || {{ reporting_currency() }} as pair,
    {{ month_from_index('balances.month_index') }} as period_month,
    'No exchange rate '
    || balances.currency
    || '/'
    || {{ reporting_currency() }}
    || ' for the last day of '
    || cast({{ month_from_index('balances.month_index') }} as {{ dbt.type_string() }})
    || ': deliver fx_rates for that day, or raise the policy fx_max_age_days' as message
from balances
left join rates
    on
        balances.currency = rates.currency
        and balances.month_index = rates.month_index
where rates.rate is null
