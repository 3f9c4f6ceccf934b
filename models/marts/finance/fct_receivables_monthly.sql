-- Grain: one row per month, for the whole company.
-- A balance is that of each currency at the month's last rate, so there is a column for what rates
-- alone made of it.
-- DECISIONS.md#receivables-and-dso
with entries as (
    select
        month_index,
        currency,
        case when debited_account = 'receivable' then credited_account else debited_account end
            as other_account,
        case when debited_account = 'receivable' then 1 else -1 end as side,
        debited_native,
        returned_native,
        debited,
        returned
    from {{ ref('int_finance__entries') }}
    where
        debited_account = 'receivable'
        or credited_account = 'receivable'
),

moves as (
    select
        month_index,
        currency,
        sum(side * (debited_native - returned_native)) as moved_native,
        sum(case when side = 1 then debited - returned else 0 end) as billed,
        sum(case when other_account = 'cash' then debited else 0 end) as collected,
        sum(case when other_account = 'cash' then returned else 0 end) as paid_back,
        sum(case when side = -1 and other_account <> 'cash' then debited - returned else 0 end)
            as taken_back
    from entries
    group by
        month_index,
        currency
),

spans as (
    select
        currency,
        min(month_index) as first_month_index
    from moves
    group by currency
),

currency_months as (
    select
        currency,
        {{ expand_integers('first_month_index', month_index(as_of_date())) }} as month_index
    from spans
),

balances as (
    select
        currency_months.month_index,
        currency_months.currency,
        coalesce(moves.billed, 0) as billed,
        coalesce(moves.collected, 0) as collected,
        coalesce(moves.paid_back, 0) as paid_back,
        coalesce(moves.taken_back, 0) as taken_back,
        cast(
            sum(coalesce(moves.moved_native, 0)) over (
                partition by currency_months.currency
                order by currency_months.month_index
                rows between unbounded preceding and current row
            ) as {{ type_money() }}
        ) as closing_native
    from currency_months
    left join moves
        on
            currency_months.currency = moves.currency
            and currency_months.month_index = moves.month_index
),

months as (
    select
        cast(balances.month_index as integer) as month_index,
        {{ money_sum('balances.billed') }} as billed,
        {{ money_sum('-balances.taken_back') }} as taken_back,
        {{ money_sum('balances.collected') }} as cash_collected,
        {{ money_sum('-balances.paid_back') }} as cash_paid_back,
        cast(sum({{ balance_in_reporting_currency(
            'balances.closing_native', 'balances.currency', 'rates.rate'
        ) }}) as {{ type_money() }}) as closing
    from balances
    left join {{ ref('int_fx__month_rates') }} as rates
        on
            balances.currency = rates.currency
            and balances.month_index = rates.month_index
    group by balances.month_index
),

followed as (
    select
        *,
        coalesce(lag(closing) over (order by month_index), 0) as opening,
        sum(billed) over (
            order by month_index
            rows between 2 preceding and current row
        ) as billed_in_3_months,
        count(*) over (
            order by month_index
            rows between 2 preceding and current row
        ) as months_billed,
        month_index >= {{ month_index(as_of_date()) }} as is_partial
    from months
)

select
    {{ month_from_index('month_index') }} as period_month,
    ---------- what customers owe
    cast(opening as {{ type_money() }}) as opening_receivables,
    billed,
    taken_back,
    cash_collected,
    cash_paid_back,
    cast(
        closing - opening - billed - taken_back + cash_collected + cash_paid_back
        as {{ type_money() }}
    ) as fx,
    closing as closing_receivables,
    ---------- how long they take
    case
        when not is_partial and months_billed = 3
            then
                {{ ratio('closing', 'billed_in_3_months') }}
                * {{ days_between(
                    month_from_index('(month_index - 2)'), month_from_index('(month_index + 1)')
                ) }}
    end as dso_days,
    is_partial
from followed
