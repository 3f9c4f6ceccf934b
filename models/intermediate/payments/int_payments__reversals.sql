-- Grain: one row per refund or dispute that cost money, with the payment's method.
with reversals as (
    select * from {{ ref('stg_reversals') }}
    where
        occurred_at <= {{ as_of() }}
        -- A refund that failed and a dispute that was won leave the money where it was.
        and status not in ('failed', 'canceled', 'won', 'warning_closed')
),

payments as (
    select * from {{ ref('stg_payments') }}
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
)

select
    reversals.reversal_id,
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
