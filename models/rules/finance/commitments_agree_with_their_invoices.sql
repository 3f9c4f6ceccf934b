-- Grain: one row per period of a commitment that breaks the rule: it was invoiced, and its true-up
-- is not what it lacks of its minimum.
with periods as (
    select * from {{ ref('fct_commitments') }}
    where outcome <> 'open'
)

select
    commitment_id || ', ' || {{ told('period_start_on') }} || ' to ' || {{ told('period_end_on') }}
    || ': it lacks ' || {{ told('shortfall_native') }} || ' ' || currency
    || ' of its minimum, and invoices bill ' || {{ told('true_up_native') }} || ' for that'
        as message,
    commitment_id,
    period_start_on,
    subscription_id,
    customer_id,
    currency,
    shortfall_native - true_up_native as difference
from periods
where shortfall_native <> true_up_native
