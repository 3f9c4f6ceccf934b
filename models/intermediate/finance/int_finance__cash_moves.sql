-- Grain: one row per payment that came, and refund or lost dispute that took it back, at the rate
-- of its own day.
with payments as (
    select * from {{ ref('stg_payments') }}
    where attempted_at <= {{ as_of() }}
),

gone as (
    select * from {{ ref('stg_reversals') }}
    where {{ is_money_gone() }}
),

-- What goes back of a payment that has brought no money yet is an authorisation that was let go.
reversals as (
    select gone.*
    from gone
    left join payments on gone.payment_id = payments.payment_id
    where coalesce(payments.outcome, 'succeeded') <> 'pending'
),

taken_back as (
    select distinct payment_id
    from reversals
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
),

moves as (
    select
        payments.payment_id as move_id,
        payments.currency,
        {{ local_date('payments.attempted_at') }} as moved_on,
        payments.amount
    from payments
    left join taken_back on payments.payment_id = taken_back.payment_id
    where
        payments.outcome = 'succeeded'
        -- What came and was charged back is in and out, or, where nothing tells of the way out,
        -- in neither.
        or (payments.outcome = 'charged_back' and taken_back.payment_id is not null)

    union all

    select
        reversal_id as move_id,
        currency,
        {{ local_date('occurred_at') }} as moved_on,
        -amount as amount
    from reversals
)

select
    moves.move_id,
    {{ month_index('moves.moved_on') }} as month_index,
    moves.currency,
    moves.amount as amount_native,
    {{ balance_in_reporting_currency('moves.amount', 'moves.currency', 'rates.rate') }} as amount
from moves
left join rates
    on
        moves.currency = rates.currency
        and moves.moved_on = rates.rate_day
