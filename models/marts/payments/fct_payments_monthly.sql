-- Grain: one row per month and payment method; `all` for the total.
with payments as (
    select * from {{ ref('stg_payments') }}
),

reversals as (
    select * from {{ ref('stg_reversals') }}
    where
        occurred_at <= {{ as_of() }}
        -- A refund that failed and a dispute that was won leave the money where it was.
        and status not in ('failed', 'canceled', 'won', 'warning_closed')
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
),

valued_reversals as (
    select
        reversals.kind,
        {{ local_date('reversals.occurred_at') }} as occurred_on,
        coalesce(payments.method, 'unknown') as method,
        {{ balance_in_reporting_currency('reversals.amount', 'reversals.currency', 'rates.rate') }}
            as amount
    from reversals
    left join payments
        on reversals.payment_id = payments.payment_id
    left join rates
        on
            reversals.currency = rates.currency
            and {{ local_date('reversals.occurred_at') }} = rates.rate_day
),

payment_events as (
    select
        {{ month_start(local_date('payments.attempted_at')) }} as period_month,
        coalesce(payments.method, 'unknown') as method,
        payments.outcome,
        case
            when payments.outcome = 'succeeded'
                then {{ balance_in_reporting_currency(
                    'payments.amount', 'payments.currency', 'rates.rate'
                ) }}
            else 0
        end as collected_amount,
        cast(0 as {{ type_money() }}) as refunded_amount,
        cast(0 as {{ type_money() }}) as disputed_amount
    from payments
    left join rates
        on
            payments.currency = rates.currency
            and {{ local_date('payments.attempted_at') }} = rates.rate_day
    where
        payments.attempted_at <= {{ as_of() }}
        and payments.outcome <> 'canceled'

    union all

    select
        {{ month_start('occurred_on') }} as period_month,
        method,
        kind as outcome,
        cast(0 as {{ type_money() }}) as collected_amount,
        case when kind = 'refund' then amount else 0 end as refunded_amount,
        case when kind = 'dispute' then amount else 0 end as disputed_amount
    from valued_reversals
),

totals as (
    select
        period_month,
        case when grouping(method) = 1 then 'all' else method end as method,
        {{ count_where("outcome in ('pending', 'succeeded', 'failed', 'charged_back')") }}
            as attempts,
        {{ count_where("outcome = 'succeeded'") }} as succeeded,
        {{ count_where("outcome = 'failed'") }} as failed,
        {{ count_where("outcome = 'charged_back'") }} as charged_back,
        {{ count_where("outcome = 'pending'") }} as pending,
        {{ count_where("outcome = 'refund'") }} as refunds,
        {{ count_where("outcome = 'dispute'") }} as disputes,
        {{ money_sum('collected_amount') }} as collected_amount,
        {{ money_sum('refunded_amount') }} as refund_amount,
        {{ money_sum('disputed_amount') }} as dispute_amount,
        period_month >= {{ as_of_month() }} as is_partial
    from payment_events
    group by grouping sets (
        (period_month),
        (period_month, method)
    )
)

select
    period_month,
    method,
    {{ is_total_row(['method']) }} as is_total,
    attempts,
    succeeded,
    failed,
    charged_back,
    pending,
    case when not is_partial then {{ ratio('succeeded', '(attempts - pending)') }} end
        as payment_success_rate,
    collected_amount,
    refunds,
    refund_amount,
    disputes,
    dispute_amount,
    case when not is_partial then {{ ratio('disputes', 'succeeded') }} end as dispute_rate,
    is_partial
from totals
