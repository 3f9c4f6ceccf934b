-- Grain: one row per finding.
-- DECISIONS.md#how-long-leakage-waits
with findings as (
    select * from {{ ref('int_payments__leak_not_invoiced') }}
    union all
    select * from {{ ref('int_payments__leak_no_subscription') }}
    union all
    select * from {{ ref('int_payments__leak_misbilled') }}
    union all
    select * from {{ ref('int_payments__leak_expired_coupons') }}
    union all
    select * from {{ ref('int_payments__leak_past_due') }}
    union all
    select * from {{ ref('int_payments__leak_no_usage') }}
)

select
    finding_type || '/' || coalesce(subscription_id, '') || '/' || coalesce(invoice_id, '')
        as finding_id,
    finding_type,
    customer_id,
    subscription_id,
    invoice_id,
    expected,
    actual,
    amount_at_risk,
    since
from findings
