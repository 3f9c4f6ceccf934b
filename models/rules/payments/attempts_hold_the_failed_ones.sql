-- Grain: one row per invoice that breaks the rule: more attempts failed than were made.
with invoices as (
    select * from {{ ref('fct_invoices') }}
)

select
    {{ told('invoice_id') }} || ': '
    || {{ told('failed_attempts') }}
    || ' of '
    || {{ told('attempts') }}
    || ' attempts failed' as message,
    invoice_id
from invoices
where coalesce(failed_attempts not between 0 and attempts, true)
