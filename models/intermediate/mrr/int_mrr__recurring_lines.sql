-- Grain: one row per recurring invoice line that was really billed, with the period it pays for.
-- A draft was never billed and a void line never happened.
with lines as (
    select * from {{ ref('stg_invoice_lines') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
)

select
    coalesce(lines.subscription_id, invoices.subscription_id, invoices.customer_id)
        as subscription_id,
    coalesce(lines.item_id, lines.subscription_id, invoices.subscription_id, invoices.customer_id)
        as item_id,
    invoices.customer_id,
    lines.price_id,
    lines.quantity,
    lines.unit_amount,
    lines.is_proration,
    lines.amount_ex_tax,
    lines.amount_ex_tax + coalesce(lines.discount_amount, 0) as list_amount,
    lines.currency,
    lines.service_start_at,
    lines.service_end_at,
    greatest(
        {{ days_between(
            local_date('lines.service_start_at'), local_date('lines.service_end_at')
        ) }},
        1
    ) as service_days,
    lines.invoice_id,
    lines.line_id,
    lines.source_name,
    lines.source_file,
    lines.source_line,
    lines.recorded_at
from lines
inner join invoices on lines.invoice_id = invoices.invoice_id
where
    lines.kind = 'recurring'
    and invoices.status in ('open', 'paid', 'uncollectible')
    and lines.service_end_at > lines.service_start_at
