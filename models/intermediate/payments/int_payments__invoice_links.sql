-- Grain: one row per payment and invoice that it was meant for.
-- A payment provider names the invoices of the billing system by their own ids: where exactly one
-- invoice of all sources has such an id, that is the one.
with links as (
    select * from {{ ref('stg_invoice_payments') }}
),

invoices as (
    select
        invoice_id,
        source_name
    from {{ ref('stg_invoices') }}
),

links_with_own as (
    select
        links.invoice_id,
        links.payment_id,
        links.amount_applied,
        links.currency,
        invoices.invoice_id is not null as is_own,
        substring(links.invoice_id, length(links.source_name) + 2) as native_id
    from links
    left join invoices
        on links.invoice_id = invoices.invoice_id
),

-- Few payments name another source's invoice, so only their ids are looked for.
foreign_ids as (
    select distinct native_id
    from links_with_own
    where not is_own
),

named_invoices as (
    select
        foreign_ids.native_id,
        min(invoices.invoice_id) as invoice_id
    from foreign_ids
    inner join invoices
        on
            foreign_ids.native_id
            = substring(invoices.invoice_id, length(invoices.source_name) + 2)
    group by foreign_ids.native_id
    having count(*) = 1
)

select
    case
        when links_with_own.is_own then links_with_own.invoice_id
        else coalesce(named_invoices.invoice_id, links_with_own.invoice_id)
    end as invoice_id,
    links_with_own.payment_id,
    links_with_own.amount_applied,
    links_with_own.currency
from links_with_own
left join named_invoices
    on links_with_own.native_id = named_invoices.native_id
