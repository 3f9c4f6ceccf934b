-- Grain: one row per month and customer that at its end has something billed and not recognised,
-- contracted and not billed, recognised and not billed, or used and not invoiced.
-- DECISIONS.md#remaining-obligations
with moves as (
    select * from {{ ref('int_finance__balance_moves') }}
),

flows as (
    select
        customer_id,
        month_index,
        sum(case when movement not in ('accrued', 'invoiced') then amount else 0 end) as deferred,
        sum(case when movement in ('accrued', 'invoiced') then amount else 0 end) as unbilled
    from moves
    where month_index <= {{ month_index(as_of_date()) }}
    group by
        customer_id,
        month_index
),

followed as (
    select
        customer_id,
        month_index,
        sum(deferred) over to_month as deferred,
        sum(unbilled) over to_month as unbilled,
        coalesce(
            lead(month_index) over (partition by customer_id order by month_index) - 1,
            {{ month_index(as_of_date()) }}
        ) as last_month_index
    from flows
    window to_month as (
        partition by customer_id
        order by month_index
        rows between unbounded preceding and current row
    )
),

-- A balance stays until the customer's next movement.
balances as (
    select
        customer_id,
        deferred,
        unbilled,
        {{ expand_integers('month_index', 'last_month_index') }} as month_index
    from followed
    where
        deferred <> 0
        or unbilled <> 0
),

-- What is released in a month was due later than in 12 months until a year before it; what is paid
-- in advance and that nothing releases is due later always.
released_late as (
    select
        customer_id,
        -amount as amount,
        booking_month_index,
        least(month_index - 13, {{ month_index(as_of_date()) }}) as last_month_index
    from moves
    where month_index - 13 >= booking_month_index

    union all

    select
        customer_id,
        sum(amount) as amount,
        booking_month_index,
        {{ month_index(as_of_date()) }} as last_month_index
    from moves
    where movement not in ('accrued', 'invoiced')
    group by
        customer_id,
        booking_month_index
    having sum(amount) <> 0
),

due_later as (
    select
        customer_id,
        amount,
        {{ expand_integers('booking_month_index', 'last_month_index') }} as month_index
    from released_late
),

contracted as (
    select
        contracted.customer_id,
        contracted.month_index,
        {{ balance_in_reporting_currency(
            'contracted.amount_native', 'contracted.currency', 'rates.rate'
        ) }} as amount,
        {{ balance_in_reporting_currency(
            'contracted.native_within_12_months', 'contracted.currency', 'rates.rate'
        ) }} as within_12_months
    from {{ ref('int_bridge__contracted_not_billed') }} as contracted
    left join {{ ref('int_fx__month_rates') }} as rates
        on
            contracted.currency = rates.currency
            and contracted.month_index = rates.month_index
),

parts as (
    select
        customer_id,
        month_index,
        deferred as billed_not_recognised,
        0 as contracted_not_billed,
        deferred as within_12_months,
        unbilled as recognised_not_billed,
        0 as usage_not_invoiced_quantity
    from balances

    union all

    select
        customer_id,
        month_index,
        0 as billed_not_recognised,
        0 as contracted_not_billed,
        -amount as within_12_months,
        0 as recognised_not_billed,
        0 as usage_not_invoiced_quantity
    from due_later

    union all

    select
        customer_id,
        month_index,
        0 as billed_not_recognised,
        amount as contracted_not_billed,
        within_12_months,
        0 as recognised_not_billed,
        0 as usage_not_invoiced_quantity
    from contracted

    union all

    select
        customer_id,
        month_index,
        0 as billed_not_recognised,
        0 as contracted_not_billed,
        0 as within_12_months,
        0 as recognised_not_billed,
        quantity as usage_not_invoiced_quantity
    from {{ ref('int_finance__usage_not_invoiced') }}
),

sums as (
    select
        customer_id,
        month_index,
        {{ money_sum('billed_not_recognised') }} as billed_not_recognised,
        {{ money_sum('contracted_not_billed') }} as contracted_not_billed,
        {{ money_sum('within_12_months') }} as within_12_months,
        {{ money_sum('recognised_not_billed') }} as recognised_not_billed,
        cast(sum(usage_not_invoiced_quantity) as {{ type_quantity() }})
            as usage_not_invoiced_quantity
    from parts
    group by
        customer_id,
        month_index
)

select
    {{ month_from_index('month_index') }} as period_month,
    customer_id,
    billed_not_recognised,
    contracted_not_billed,
    cast(billed_not_recognised + contracted_not_billed as {{ type_money() }}) as total,
    within_12_months,
    recognised_not_billed,
    usage_not_invoiced_quantity,
    month_index >= {{ month_index(as_of_date()) }} as is_partial
from sums
where
    billed_not_recognised <> 0
    or contracted_not_billed <> 0
    or recognised_not_billed <> 0
    or usage_not_invoiced_quantity <> 0
