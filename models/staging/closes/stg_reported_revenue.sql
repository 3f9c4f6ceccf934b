-- The revenue of a customer in a month, currency and class as it was reported.
select
    base_id,
    period_month,
    customer_id,
    currency,
    revenue_class,
    lines,
    amount_native,
    amount,
    source_file,
    source_line
from {{ source('reported', 'revenue') }}
