{{ config(materialized='table') }}

-- Grain: one row per payment attempt and invoice that it was meant for.
-- A payment provider names the invoices of the billing system by their own ids: where exactly one
-- invoice of all sources has such an id, that is the one. Where attempts share a payment intent,
-- the link names one of them, or the intent: all were meant for its invoice, and one paid it.
-- DECISIONS.md#a-payment-providers-invoice
-- DECISIONS.md#attempts-of-one-payment-intent
with links as (
    select * from {{ ref('stg_invoice_payments') }}
),

payments as (
    select
        payment_id,
        payment_intent_id,
        outcome
    from {{ ref('stg_payments') }}
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
        {{ native_id('links.invoice_id', 'links.source_name') }} as native_id
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
            = {{ native_id('invoices.invoice_id', 'invoices.source_name') }}
    group by foreign_ids.native_id
    having count(*) = 1
),

resolved_links as (
    select
        case
            when links_with_own.is_own then links_with_own.invoice_id
            else coalesce(named_invoices.invoice_id, links_with_own.invoice_id)
        end as invoice_id,
        links_with_own.payment_id as linked_id,
        links_with_own.amount_applied,
        links_with_own.currency
    from links_with_own
    left join named_invoices
        on links_with_own.native_id = named_invoices.native_id
),

links_with_intents as (
    select
        resolved_links.*,
        payments.payment_id is null as names_intent,
        coalesce(payments.payment_intent_id, resolved_links.linked_id) as payment_intent_id
    from resolved_links
    left join payments
        on resolved_links.linked_id = payments.payment_id
),

attempts as (
    select
        invoice_id,
        linked_id as payment_id,
        amount_applied,
        currency
    from links_with_intents
    where not names_intent

    union all

    select
        links_with_intents.invoice_id,
        payments.payment_id,
        case
            when links_with_intents.names_intent and payments.outcome <> 'failed'
                then links_with_intents.amount_applied
            else cast(0 as {{ type_money() }})
        end as amount_applied,
        links_with_intents.currency
    from links_with_intents
    inner join payments
        on links_with_intents.payment_intent_id = payments.payment_intent_id
)

-- An attempt that is linked itself is found by its intent too.
select
    invoice_id,
    payment_id,
    max(amount_applied) as amount_applied,
    max(currency) as currency
from attempts
group by
    invoice_id,
    payment_id
