-- Grain: one row per invoice that breaks the rule: it is in dunning and was not delivered or did
-- not fail at first, or it failed at first and is not in dunning.
with recoveries as (
    select * from {{ ref('fct_payment_recovery') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
)

select
    coalesce(recoveries.invoice_id, invoices.invoice_id, 'nothing') || case
        when recoveries.invoice_id is null then ' failed at first and is not in dunning'
        when invoices.invoice_id is null then ' is in dunning and no invoice of ours'
        else
            ' is in dunning, and its first attempt is '
            || coalesce(invoices.first_outcome, 'not known')
    end as message,
    coalesce(recoveries.invoice_id, invoices.invoice_id) as invoice_id
from recoveries
full outer join invoices on recoveries.invoice_id = invoices.invoice_id
where coalesce(invoices.first_outcome = 'failed', false) <> (recoveries.invoice_id is not null)
