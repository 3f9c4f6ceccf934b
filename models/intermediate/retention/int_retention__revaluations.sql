-- Grain: one row per customer, month that it ends with foreign MRR and length of the period before.
-- The revaluation is what that MRR is worth more at the rates of the period's start than at those
-- of the month's end.
-- DECISIONS.md#grr-nrr-and-the-mrr-rates
with days as (
    select
        customer_id,
        currency,
        month_index,
        next_month_index,
        after_native
    from {{ ref('int_movements__customer_currency_days') }}
    where
        currency <> {{ reporting_currency() }}
        and after_native > 0
),

-- A balance that another movement of its month replaces lasts to no month's end.
balances as (
    select
        customer_id,
        currency,
        {{ expand_integers(
            'month_index', 'coalesce(next_month_index - 1, ' ~ month_index(as_of_date()) ~ ')'
        ) }} as month_index,
        after_native as closing_native
    from days
),

starts as (
    select * from {{ ref('int_retention__period_start_rates') }}
),

ends as (
    select * from {{ ref('int_fx__month_rates') }}
),

lengths as (
    select 1 as period_months
    union all
    select 12 as period_months
)

select
    balances.customer_id,
    balances.month_index,
    lengths.period_months,
    cast(
        sum(
            {{ convert_money('balances.closing_native', 'starts.rate') }}
            - {{ convert_money('balances.closing_native', 'ends.rate') }}
        ) as {{ type_money() }}
    ) as revaluation
from balances
cross join lengths
inner join starts
    on
        balances.currency = starts.currency
        and balances.month_index - lengths.period_months = starts.month_index
inner join ends
    on
        balances.currency = ends.currency
        and balances.month_index = ends.month_index
group by
    balances.customer_id,
    balances.month_index,
    lengths.period_months
