-- Grain: one row per item whose price can't be computed, with the last amount invoiced for a full
-- period.
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
        lines.item_id,
        lines.amount_ex_tax + lines.discount_amount as list_amount,
        row_number() over (
            partition by lines.subscription_id, lines.item_id
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
    cast(list_amount as {{ type_exact() }}) as list_amount
from ranked
where recency = 1
