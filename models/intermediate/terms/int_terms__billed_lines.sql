-- Grain: one row per recurring invoice line that was really billed, with the item and the period it
-- pays for. A draft was never billed and a void line never happened.
-- Where lines name no item, an add-on is an item of its own and the plan stands for the
-- subscription.
-- DECISIONS.md#parts-of-a-period
with lines as (
    select * from {{ ref('int_terms__invoice_lines') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
)

select
    coalesce(lines.subscription_id, invoices.subscription_id, invoices.customer_id)
        as subscription_id,
    coalesce(
        lines.item_id,
        case when lines.is_addon then lines.price_id end,
        lines.subscription_id,
        invoices.subscription_id,
        invoices.customer_id
    ) as item_id,
    invoices.customer_id,
    lines.price_id,
    lines.quantity,
    lines.unit_amount,
    lines.is_proration,
    lines.amount_ex_tax,
    lines.discount_amount,
    lines.currency,
    lines.service_start_at,
    lines.service_end_at,
    lines.invoice_id,
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
