-- Grain: one row per subscription, with the instant its first invoice was fully paid, and the row
-- that tells it.
with ranked as (
    select
        subscription_id,
        paid_at,
        source_file,
        source_line,
        recorded_at,
        row_number() over (
            partition by subscription_id order by paid_at, invoice_id
        ) as rank
    from {{ ref('stg_invoices') }}
    where
        status = 'paid'
        and paid_at is not null
        and subscription_id is not null
)

select
    subscription_id,
    paid_at as first_paid_at,
    source_file,
    source_line,
    recorded_at
from ranked
where rank = 1
