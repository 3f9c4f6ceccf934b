-- Grain: one row per item and interval in which nothing at all changes, with its standing: its
-- status, unless the grace period of a late payer is over or MRR waits for the first payment.
-- Whether a trial keeps MRR is not known here, because that hangs on the MRR before it.
with intervals as (
    select * from {{ ref('int_states__item_intervals') }}
),

limits as (
    select * from {{ ref('int_states__grace_period_ends') }}
),

payments as (
    select * from {{ ref('int_states__first_payments') }}
)

select
    intervals.*,
    case
        when limits.limit_at <= intervals.interval_start_at then 'past_due_limit'
        when
            {{ mrr_starts_with_payment() }}
            and (
                payments.first_paid_at is null
                or payments.first_paid_at > intervals.interval_start_at
            )
            then 'unpaid_start'
        else intervals.status
    end as standing
from intervals
left join limits
    on
        intervals.subscription_id = limits.subscription_id
        and intervals.item_id = limits.item_id
        and intervals.start_at = limits.version_start_at
left join payments on intervals.subscription_id = payments.subscription_id
