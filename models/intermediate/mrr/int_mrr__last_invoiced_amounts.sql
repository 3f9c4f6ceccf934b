-- Grain: one row per item with the last amount invoiced for a full period, before its discounts and
-- after them.
with lines as (
    select * from {{ ref('int_mrr__invoice_lines') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
    where {{ is_touched_customer() }}
),

ranked as (
    select
        lines.subscription_id,
        -- Some sources name an item after its price, and lines by their price only.
        coalesce(lines.item_id, lines.price_id) as item_id,
        lines.amount_ex_tax + lines.discount_amount as list_amount,
        lines.amount_ex_tax as net_amount,
        row_number() over (
            partition by lines.subscription_id, coalesce(lines.item_id, lines.price_id)
            order by invoices.issued_at desc, lines.invoice_id desc, lines.line_id desc
        ) as recency
    from lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
    where
        lines.kind = 'recurring'
        and not lines.is_proration
        and invoices.status in ('open', 'paid', 'uncollectible')
)

select
    subscription_id,
    item_id,
    cast(list_amount as {{ type_exact() }}) as list_amount,
    cast(net_amount as {{ type_exact() }}) as net_amount
from ranked
where recency = 1
