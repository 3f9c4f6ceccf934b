{{ config(materialized='table') }}

-- Grain: one row per recurring line of an invoice that was not withdrawn.
with lines as (
    select * from {{ ref('int_mrr__invoice_lines') }}
    where kind = 'recurring'
),

invoices as (
    select * from {{ ref('int_payments__invoices') }}
    where status <> 'void'
)

select
    lines.invoice_id,
    lines.line_id,
    lines.source_name,
    invoices.customer_id,
    coalesce(lines.subscription_id, invoices.subscription_id) as subscription_id,
    lines.item_id,
    lines.is_proration,
    lines.amount_ex_tax,
    lines.discount_amount,
    lines.quantity,
    lines.unit_amount,
    lines.currency,
    invoices.exchange_rate,
    invoices.issued_at,
    coalesce(lines.service_start_at, invoices.issued_at) as service_start_at,
    lines.service_end_at
from lines
inner join invoices
    on lines.invoice_id = invoices.invoice_id
