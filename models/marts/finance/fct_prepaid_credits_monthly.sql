-- Grain: one row per month, customer and currency of prepaid credits, from the first credits on.
-- DECISIONS.md#what-expires-of-prepaid-credits
with moves as (
    select * from {{ ref('int_finance__credit_moves') }}
),

sums as (
    select
        customer_id,
        currency,
        month_index,
        {{ credits_of('grant', 'paid') }} as bought_native,
        {{ credits_of('grant', 'granted') }} as granted_native,
        {{ credits_of('draw_down', 'paid') }} as drawn_down_paid_native,
        {{ credits_of('draw_down', 'granted') }} as drawn_down_granted_native,
        {{ credits_of('expiry', 'paid') }} as expired_paid_native,
        {{ credits_of('expiry', 'granted') }} as expired_granted_native,
        {{ money_sum("case when kind = 'void' then change else 0 end") }} as voided_native,
        {{ money_sum("case when kind = 'reinstatement' then change else 0 end") }}
            as reinstated_native,
        {{ money_sum('change') }} as change_native,
        {{ money_sum("case when credit_kind = 'paid' then change else 0 end") }}
            as change_paid_native
    from moves
    group by
        customer_id,
        currency,
        month_index
),

deferred as (
    select
        balance_moves.customer_id,
        balance_moves.currency,
        balance_moves.month_index,
        sum(balance_moves.amount_native) as amount_native,
        sum(balance_moves.amount) as amount
    from {{ ref('int_finance__balance_moves') }} as balance_moves
    inner join {{ ref('int_finance__lines') }} as lines
        on
            balance_moves.invoice_id = lines.invoice_id
            and balance_moves.line_id = lines.line_id
    where
        lines.kind = 'credit_purchase'
        and balance_moves.movement not in ('accrued', 'invoiced')
    group by
        balance_moves.customer_id,
        balance_moves.currency,
        balance_moves.month_index
),

spans as (
    select
        customer_id,
        currency,
        min(month_index) as first_month_index
    from sums
    group by
        customer_id,
        currency
),

months as (
    select
        customer_id,
        currency,
        {{ expand_integers('first_month_index', month_index(as_of_date())) }} as month_index
    from spans
),

-- What was bought before the first transaction that was delivered is deferred all the same.
earlier as (
    select
        spans.customer_id,
        spans.currency,
        sum(deferred.amount_native) as amount_native,
        sum(deferred.amount) as amount
    from spans
    inner join deferred
        on
            spans.customer_id = deferred.customer_id
            and spans.currency = deferred.currency
            and spans.first_month_index > deferred.month_index
    group by
        spans.customer_id,
        spans.currency
),

balances as (
    select
        months.customer_id,
        months.currency,
        cast(months.month_index as integer) as month_index,
        coalesce(sums.bought_native, 0) as bought_native,
        coalesce(sums.granted_native, 0) as granted_native,
        coalesce(sums.drawn_down_paid_native, 0) as drawn_down_paid_native,
        coalesce(sums.drawn_down_granted_native, 0) as drawn_down_granted_native,
        coalesce(sums.expired_paid_native, 0) as expired_paid_native,
        coalesce(sums.expired_granted_native, 0) as expired_granted_native,
        coalesce(sums.voided_native, 0) as voided_native,
        coalesce(sums.reinstated_native, 0) as reinstated_native,
        coalesce(sums.change_native, 0) as change_native,
        sum(coalesce(sums.change_native, 0)) over to_month as closing_native,
        sum(coalesce(sums.change_paid_native, 0)) over to_month as closing_paid_native,
        coalesce(earlier.amount_native, 0)
        + sum(coalesce(deferred.amount_native, 0)) over to_month as deferred_native,
        coalesce(earlier.amount, 0) + sum(coalesce(deferred.amount, 0)) over to_month as deferred
    from months
    left join sums
        on
            months.customer_id = sums.customer_id
            and months.currency = sums.currency
            and months.month_index = sums.month_index
    left join deferred
        on
            months.customer_id = deferred.customer_id
            and months.currency = deferred.currency
            and months.month_index = deferred.month_index
    left join earlier
        on
            months.customer_id = earlier.customer_id
            and months.currency = earlier.currency
    window to_month as (
        partition by months.customer_id, months.currency
        order by months.month_index
        rows between unbounded preceding and current row
    )
)

select
    {{ month_from_index('month_index') }} as period_month,
    customer_id,
    currency,
    ---------- all credits
    cast(closing_native - change_native as {{ type_money() }}) as opening_native,
    bought_native,
    granted_native,
    drawn_down_paid_native,
    drawn_down_granted_native,
    expired_paid_native,
    expired_granted_native,
    voided_native,
    reinstated_native,
    cast(closing_native as {{ type_money() }}) as closing_native,
    ---------- those that were bought
    cast(closing_paid_native as {{ type_money() }}) as closing_paid_native,
    cast(deferred_native as {{ type_money() }}) as deferred_native,
    cast(deferred as {{ type_money() }}) as deferred,
    month_index >= {{ month_index(as_of_date()) }} as is_partial
from balances
