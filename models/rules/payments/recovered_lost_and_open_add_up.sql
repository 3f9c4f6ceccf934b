-- Grain: one row per month, method and decline code that breaks the rule: recovered, lost and open
-- invoices are not the failed ones, in number or in money.
with recoveries as (
    select * from {{ ref('fct_payment_recovery_monthly') }}
)

select
    {{ told('period_month') }}
    || ', ' || {{ told('method') }} || ', ' || {{ told('failure_code') }} || ': '
    || {{ told('recovered_invoices') }}
    || ' recovered, '
    || {{ told('lost_invoices') }}
    || ' lost and '
    || {{ told('open_invoices') }}
    || ' open of '
    || {{ told('failed_invoices') }}
    || ' failed invoices; in money '
    || {{ told('recovered_amount') }}
    || ', '
    || {{ told('lost_amount') }}
    || ' and '
    || {{ told('open_amount') }}
    || ' of '
    || {{ told('failed_amount') }}
    || '; recovery rate '
    || {{ told('recovery_rate') }} as message,
    period_month,
    method,
    failure_code
from recoveries
where
    failed_invoices is null
    or recovered_invoices + lost_invoices + open_invoices is distinct from failed_invoices
    or recovered_amount + lost_amount + open_amount is distinct from failed_amount
    or recovery_rate not between 0 and 1
