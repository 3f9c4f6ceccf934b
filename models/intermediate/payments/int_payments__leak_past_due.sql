-- Grain: one row per open invoice that is more than 60 days past due.
with invoices as (
    select * from {{ ref('int_payments__invoices') }}
    where
        status = 'open'
        and due_native > 0
        and {{ add_days_to_instant('due_at', 60) }} < {{ as_of() }}
)

select
    'long_past_due' as finding_type,
    customer_id,
    subscription_id,
    invoice_id,
    cast(total as {{ type_money() }}) as expected,
    cast(
        total - {{ balance_in_reporting_currency('due_native', 'currency', 'exchange_rate') }}
        as {{ type_money() }}
    ) as actual,
    cast(
        {{ balance_in_reporting_currency('due_native', 'currency', 'exchange_rate') }}
        as {{ type_money() }}
    )
        as amount_at_risk,
    {{ local_date('due_at') }} as since
from invoices
