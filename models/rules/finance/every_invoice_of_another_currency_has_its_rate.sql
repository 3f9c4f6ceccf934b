-- Grain: one row per currency and month that breaks the rule: invoices of it have no exchange rate,
-- so their revenue is missing in the reporting currency.
with lines as (
    select * from {{ ref('int_finance__lines') }}
    where exchange_rate is null
)

select
    currency || ', ' || {{ told('booking_month') }}
    || ': ' || cast(count(distinct invoice_id) as {{ dbt.type_string() }})
    || ' invoices over ' || {{ told('sum(amount_native)') }}
    || ' have no exchange rate on their day, the first in ' || min(source_file) as message,
    currency,
    booking_month,
    cast(count(distinct invoice_id) as bigint) as invoices
from lines
group by
    currency,
    booking_month
