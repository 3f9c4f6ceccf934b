-- Grain: one row per subscription and end of a term that its recurring invoice lines bill; an end
-- within a longer term of the same subscription is none.
-- DECISIONS.md#how-a-term-end-is-found
with lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
    where
        not is_part
        and subscription_id is not null
        and service_start_at <= {{ as_of() }}
),

ends as (
    select
        *,
        row_number() over (
            partition by subscription_id, service_end_at
            order by service_start_at asc, invoice_id asc, line_id asc
        ) as place
    from lines
),

-- The next term may begin some hours before this one ends: within a day it is no longer one.
-- At one instant what ends is asked before what begins.
steps as (
    select
        subscription_id,
        {{ add_days_to_instant('service_start_at', 1) }} as stepped_at,
        1 as step,
        service_end_at as runs_until
    from lines

    union all

    select
        subscription_id,
        service_end_at as stepped_at,
        0 as step,
        cast(null as {{ type_instant() }}) as runs_until
    from ends
    where place = 1
),

running as (
    select
        subscription_id,
        stepped_at,
        step,
        max(runs_until) over (
            partition by subscription_id
            order by stepped_at, step
            rows between unbounded preceding and current row
        ) as runs_until
    from steps
)

select
    ends.subscription_id,
    ends.invoice_id,
    {{ billing_interval('ends.interval_unit', 'ends.interval_count') }} as term,
    {{ local_date('ends.service_start_at') }} as term_start_on,
    {{ local_date('ends.service_end_at') }} as term_end_on
from ends
inner join running
    on
        ends.subscription_id = running.subscription_id
        and ends.service_end_at = running.stepped_at
        and running.step = 0
where
    ends.place = 1
    and (running.runs_until is null or running.runs_until <= running.stepped_at)
