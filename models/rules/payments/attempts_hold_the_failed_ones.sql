-- Grain: one row per invoice that breaks the rule: more attempts failed than were made.
with invoices as (
    select * from {{ ref('fct_invoices') }}
)

select
    coalesce(invoice_id, 'nothing') || ': '
    || coalesce(cast(failed_attempts as {{ dbt.type_string() }}), 'nothing')
    || ' of '
    || coalesce(cast(attempts as {{ dbt.type_string() }}), 'nothing')
    || ' attempts failed' as message,
    invoice_id
from invoices
where coalesce(failed_attempts not between 0 and attempts, true)
