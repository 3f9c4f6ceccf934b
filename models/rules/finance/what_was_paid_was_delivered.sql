-- Grain: one row per invoice that breaks the rule: it says that more of it was paid than the
-- delivered payments come to, so its customer seems to owe the rest for ever.
-- Of a source whose invoices have no payments at all nothing is expected.
with invoices as (
    select * from {{ ref('stg_invoices') }}
    where status <> 'draft'
),

links as (
    select * from {{ ref('int_payments__invoice_links') }}
),

sources_with_payments as (
    select distinct invoices.source_name
    from invoices
    inner join links on invoices.invoice_id = links.invoice_id
),

applied as (
    select
        links.invoice_id,
        sum(links.amount_applied) as amount
    from links
    inner join {{ ref('stg_payments') }} as payments on links.payment_id = payments.payment_id
    group by links.invoice_id
)

select
    invoices.invoice_id
    || ' (' || {{ told('invoices.source_file') }} || ' line ' || {{ told('invoices.source_line') }}
    || '): it says that ' || {{ told('invoices.amount_paid') }}
    || ' was paid, the payments that were delivered come to '
    || {{ told('coalesce(applied.amount, 0)') }} as message,
    invoices.invoice_id,
    invoices.source_file,
    invoices.source_line
from invoices
inner join sources_with_payments on invoices.source_name = sources_with_payments.source_name
left join applied on invoices.invoice_id = applied.invoice_id
where invoices.amount_paid > coalesce(applied.amount, 0)
