-- Grain: one row per subscription that was invoiced, with the instant until when, and whether its
-- invoices come after the time that they are for.
with lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
    where
        subscription_id is not null
        and service_end_at is not null
),

ranked as (
    select
        subscription_id,
        service_end_at as covered_until,
        {{ add_days_to_instant('issued_at', 1) }} >= service_end_at
        and service_end_at > service_start_at as is_in_arrears,
        row_number() over (
            partition by subscription_id
            order by service_end_at desc, issued_at desc, invoice_id desc, line_id desc
        ) as rank
    from lines
)

select
    subscription_id,
    covered_until,
    is_in_arrears
from ranked
where rank = 1
