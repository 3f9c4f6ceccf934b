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
),

invoices as (
    select * from {{ ref('int_payments__invoices') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
)

select
    findings.finding_type || '/' || coalesce(findings.subscription_id, '') || '/'
    || coalesce(findings.invoice_id, '') as finding_id,
    findings.finding_type,
    findings.customer_id,
    findings.subscription_id,
    findings.invoice_id,
    findings.expected,
    findings.actual,
    findings.amount_at_risk,
    findings.since,
    ---------- lineage
    coalesce(invoices.source_file, subscriptions.source_file) as source_file,
    case
        when invoices.invoice_id is null then subscriptions.source_line
        else invoices.source_line
    end as source_line
from findings
left join invoices on findings.invoice_id = invoices.invoice_id
left join subscriptions on findings.subscription_id = subscriptions.subscription_id
