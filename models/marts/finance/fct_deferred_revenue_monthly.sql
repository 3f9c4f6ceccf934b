-- Grain: one row per month and currency of invoices; `all` for the total.
-- DECISIONS.md#deferred-revenue-by-month
with moves as (
    select * from {{ ref('int_finance__balance_moves') }}
),

sums as (
    select
        case when grouping(currency) = 1 then 'all' else currency end as currency,
        booking_month_index,
        month_index,
        movement,
        case when grouping(currency) = 0 then {{ money_sum('amount_native') }} end as amount_native,
        {{ money_sum('amount') }} as amount
    from moves
    group by grouping sets (
        (booking_month_index, month_index, movement),
        (currency, booking_month_index, month_index, movement)
    )
),

-- Usage whose currency nobody tells is in the total alone.
usage as (
    select
        'all' as currency,
        month_index,
        cast(sum(quantity) as {{ type_quantity() }}) as quantity
    from {{ ref('int_finance__usage_not_invoiced') }}
    group by month_index

    union all

    select
        currency,
        month_index,
        cast(sum(quantity) as {{ type_quantity() }}) as quantity
    from {{ ref('int_finance__usage_not_invoiced') }}
    where currency is not null
    group by
        currency,
        month_index
),

beginnings as (
    select
        currency,
        month_index
    from sums

    union all

    select
        currency,
        month_index
    from usage
),

currencies as (
    select
        currency,
        min(month_index) as first_month_index
    from beginnings
    group by currency
),

months as (
    select
        currency,
        {{ expand_integers('first_month_index', month_index(as_of_date())) }} as month_index
    from currencies
),

-- What was billed by a month's end and is released after it, by whatever, was deferred at its end.
releases as (
    select
        months.currency,
        months.month_index,
        -{{ money_sum(
            'case when sums.month_index <= months.month_index + 12 then sums.amount else 0 end'
        ) }} as due_within_12_months
    from months
    inner join sums
        on
            months.currency = sums.currency
            and months.month_index >= sums.booking_month_index
            and months.month_index < sums.month_index
    group by
        months.currency,
        months.month_index
),

flows as (
    select
        months.currency,
        months.month_index,
        {{ movement_sum('billed') }} as billed,
        {{ movement_sum('recognised') }} as recognised,
        {{ movement_sum('credited') }} as credited,
        {{ movement_sum('voided') }} as voided,
        {{ movement_sum('written_off') }} as written_off,
        {{ movement_sum('accrued') }} as accrued,
        {{ movement_sum('invoiced') }} as invoiced,
        sum(case when sums.movement not in ('accrued', 'invoiced') then sums.amount_native end)
            as deferred_native,
        sum(case when sums.movement in ('accrued', 'invoiced') then sums.amount_native end)
            as unbilled_native
    from months
    left join sums
        on
            months.currency = sums.currency
            and months.month_index = sums.month_index
    group by
        months.currency,
        months.month_index
),

balances as (
    select
        flows.*,
        sum(billed + recognised + credited + voided + written_off) over to_month as closing,
        sum(accrued + invoiced) over to_month as unbilled_closing,
        case when currency <> 'all' then sum(coalesce(deferred_native, 0)) over to_month end
            as closing_native,
        case when currency <> 'all' then sum(coalesce(unbilled_native, 0)) over to_month end
            as unbilled_closing_native
    from flows
    window to_month as (
        partition by currency
        order by month_index
        rows between unbounded preceding and current row
    )
)

select
    {{ month_from_index('balances.month_index') }} as period_month,
    balances.currency,
    {{ is_total_row(['balances.currency']) }} as is_total,
    ---------- deferred
    cast(
        balances.closing - balances.billed - balances.recognised - balances.credited
        - balances.voided - balances.written_off
        as {{ type_money() }}
    ) as opening,
    balances.billed,
    balances.recognised,
    balances.credited,
    balances.voided,
    balances.written_off,
    cast(balances.closing as {{ type_money() }}) as closing,
    coalesce(releases.due_within_12_months, 0) as due_within_12_months,
    cast(balances.closing - coalesce(releases.due_within_12_months, 0) as {{ type_money() }})
        as due_later,
    ---------- unbilled
    cast(
        balances.unbilled_closing - balances.accrued - balances.invoiced as {{ type_money() }}
    ) as unbilled_opening,
    balances.accrued,
    balances.invoiced,
    cast(balances.unbilled_closing as {{ type_money() }}) as unbilled_closing,
    cast(coalesce(usage.quantity, 0) as {{ type_quantity() }}) as usage_not_invoiced_quantity,
    ---------- native
    cast(balances.closing_native as {{ type_money() }}) as closing_native,
    cast(balances.unbilled_closing_native as {{ type_money() }}) as unbilled_closing_native,
    balances.month_index >= {{ month_index(as_of_date()) }} as is_partial
from balances
left join releases
    on
        balances.currency = releases.currency
        and balances.month_index = releases.month_index
left join usage
    on
        balances.currency = usage.currency
        and balances.month_index = usage.month_index
