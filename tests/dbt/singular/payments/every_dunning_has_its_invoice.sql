select recoveries.invoice_id
from {{ ref('fct_payment_recovery') }} as recoveries
left join {{ ref('fct_invoices') }} as invoices
    on recoveries.invoice_id = invoices.invoice_id
where
    invoices.invoice_id is null
    or invoices.first_outcome <> 'failed'
