-- Grain: one row per subscription, with the instant its first invoice was fully paid.
-- Empty where MRR starts with the activation (policy mrr_start).
select
    subscription_id,
    min(paid_at) as first_paid_at
from {{ ref('stg_invoices') }}
where
    {{ 'true' if policy('mrr_start') == 'first_paid_invoice' else 'false' }}
    and status = 'paid'
    and paid_at is not null
    and subscription_id is not null
group by subscription_id
