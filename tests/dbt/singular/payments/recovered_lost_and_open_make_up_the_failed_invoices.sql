select *
from {{ ref('fct_payment_recovery_monthly') }}
where
    recovered_invoices + lost_invoices + open_invoices <> failed_invoices
    or recovered_amount + lost_amount + open_amount <> failed_amount
    or recovery_rate < 0
    or recovery_rate > 1
