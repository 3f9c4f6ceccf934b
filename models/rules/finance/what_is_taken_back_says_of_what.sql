-- Grain: one row per line of a credit note, refund or lost dispute that breaks the rule: it is of a
-- line that its invoice does not have, so all lines share it; or it is money of no invoice, so it
-- lowers no revenue; or it is in another currency than its payment, and counts in that one.
-- Of a source without invoices no refund can name one.
with credit_notes as (
    select * from {{ ref('stg_credit_notes') }}
    where {{ is_credit_in_force() }}
),

credit_lines as (
    select * from {{ ref('stg_credit_note_lines') }}
    where line_id is not null
),

invoice_lines as (
    select * from {{ ref('stg_invoice_lines') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

sources_with_invoices as (
    select distinct source_name
    from invoices
),

reversals as (
    select * from {{ ref('stg_reversals') }}
    where {{ is_money_gone() }}
),

payments as (
    select
        payment_id,
        currency
    from {{ ref('stg_payments') }}
),

linked_payments as (
    select distinct payment_id
    from {{ ref('int_payments__invoice_links') }}
    where amount_applied > 0
),

strays as (
    select
        credit_lines.credit_note_id as record_id,
        credit_lines.line_id,
        'it names line ' || credit_lines.line_id || ', which ' || credit_notes.invoice_id
        || ' does not have; all lines share its ' || {{ told('credit_lines.amount_ex_tax') }}
            as reason,
        credit_lines.source_file,
        credit_lines.source_line
    from credit_lines
    inner join credit_notes on credit_lines.credit_note_id = credit_notes.credit_note_id
    inner join invoices on credit_notes.invoice_id = invoices.invoice_id
    left join invoice_lines
        on
            credit_notes.invoice_id = invoice_lines.invoice_id
            and credit_lines.line_id = invoice_lines.line_id
    where invoice_lines.line_id is null

    union all

    select
        reversals.reversal_id as record_id,
        cast(null as {{ dbt.type_string() }}) as line_id,
        'its payment ' || reversals.payment_id || ' is for no invoice that was delivered; its '
        || {{ told('reversals.amount') }} || ' lowers no revenue' as reason,
        reversals.source_file,
        reversals.source_line
    from reversals
    inner join sources_with_invoices
        on reversals.source_name = sources_with_invoices.source_name
    left join linked_payments on reversals.payment_id = linked_payments.payment_id
    where
        linked_payments.payment_id is null
        and not coalesce(reversals.is_cash_only, false)

    union all

    select
        reversals.reversal_id as record_id,
        cast(null as {{ dbt.type_string() }}) as line_id,
        'it is in ' || reversals.currency || ', its payment ' || reversals.payment_id || ' in '
        || payments.currency || '; its ' || {{ told('reversals.amount') }}
        || ' counts in the latter' as reason,
        reversals.source_file,
        reversals.source_line
    from reversals
    inner join payments on reversals.payment_id = payments.payment_id
    where reversals.currency <> payments.currency
)

select
    record_id || ' (' || {{ told('source_file') }} || ' line ' || {{ told('source_line') }}
    || '): ' || reason as message,
    record_id,
    line_id,
    source_file,
    source_line
from strays
