-- Grain: one row per subscription, with the instant its first invoice was fully paid.
select
    subscription_id,
    min(paid_at) as first_paid_at
from {{ ref('stg_invoices') }}
where
    status = 'paid'
    and paid_at is not null
    and subscription_id is not null
group by subscription_id
