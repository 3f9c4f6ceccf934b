-- Grain: one row per invoice or credit note that breaks the rule: more is taken than the invoice
-- has; or the credit note is for none, so it lowers no revenue or not all that it says; or it says
-- nothing of the taxes of its invoice, so they stay payable, or lower revenue too.
with events as (
    select * from {{ ref('int_finance__invoice_events') }}
),

credit_notes as (
    select * from {{ ref('stg_credit_notes') }}
    where {{ is_credit_in_force() }}
),

invoices as (
    select * from {{ ref('int_finance__booked_invoices') }}
),

taken as (
    select
        events.invoice_id,
        sum(events.amount) as asked
    from events
    group by events.invoice_id
),

lines as (
    select
        invoice_id,
        sum(amount_native) as amount
    from {{ ref('int_finance__lines') }}
    where not is_draw_down
    group by invoice_id
)

select
    taken.invoice_id
    || ': ' || {{ told('taken.asked') }} || ' is credited or paid back of '
    || {{ told('coalesce(lines.amount, 0)') }}
    || ' before tax; the rest lowers no revenue' as message,
    taken.invoice_id as record_id,
    taken.asked as amount
from taken
left join lines on taken.invoice_id = lines.invoice_id
where taken.asked > coalesce(lines.amount, 0)

union all

select
    credit_notes.credit_note_id
    || ': it is for no invoice that was delivered; its ' || {{ told('credit_notes.amount_ex_tax') }}
    || ' lowers no revenue' as message,
    credit_notes.credit_note_id as record_id,
    credit_notes.amount_ex_tax as amount
from credit_notes
left join invoices on credit_notes.invoice_id = invoices.invoice_id
where invoices.invoice_id is null

union all

select
    credit_notes.credit_note_id
    || ': ' || credit_notes.invoice_id || ' has taxes and it says nothing of any; its '
    || {{ told('credit_notes.amount_ex_tax') }} || ' lowers revenue alone' as message,
    credit_notes.credit_note_id as record_id,
    credit_notes.amount_ex_tax as amount
from credit_notes
inner join invoices on credit_notes.invoice_id = invoices.invoice_id
where
    credit_notes.tax is null
    and invoices.tax_total <> 0
