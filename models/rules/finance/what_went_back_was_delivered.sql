-- Grain: one row per payment or invoice that breaks the rule: its source says that more of it was
-- paid back or credited than the delivered refunds or credit notes come to, so too much is revenue.
with payments as (
    select * from {{ ref('stg_payments') }}
    where outcome in ('succeeded', 'charged_back')
),

refunded as (
    select
        payment_id,
        sum(amount) as amount
    from {{ ref('stg_reversals') }}
    where
        kind = 'refund'
        and status not in ('failed', 'canceled')
    group by payment_id
),

invoices as (
    select
        *,
        coalesce(credited_unpaid, 0) + coalesce(credited_paid, 0) as credited_amount
    from {{ ref('stg_invoices') }}
    where status <> 'draft'
),

-- Where a source's sum holds what a bank took back, so does this one.
taken_back as (
    select
        invoice_id,
        amount_ex_tax + coalesce(tax, 0) as amount
    from {{ ref('stg_credit_notes') }}
    where {{ is_credit_in_force() }}

    union all

    select
        invoice_id,
        amount
    from {{ ref('int_core__refunds') }}
    where kind = 'dispute'
),

credited as (
    select
        invoice_id,
        sum(amount) as amount
    from taken_back
    group by invoice_id
),

missing as (
    select
        payments.payment_id as record_id,
        'it says that ' || {{ told('payments.refunded_amount') }}
        || ' was paid back, the refunds that were delivered come to '
        || {{ told('coalesce(refunded.amount, 0)') }} as reason,
        payments.source_file,
        payments.source_line
    from payments
    left join refunded on payments.payment_id = refunded.payment_id
    where payments.refunded_amount > coalesce(refunded.amount, 0)

    union all

    select
        invoices.invoice_id as record_id,
        'it says that ' || {{ told('invoices.credited_amount') }}
        || ' was credited, the credit notes and lost disputes that were delivered come to '
        || {{ told('coalesce(credited.amount, 0)') }} as reason,
        invoices.source_file,
        invoices.source_line
    from invoices
    left join credited on invoices.invoice_id = credited.invoice_id
    -- The tax of a credit note may be rounded apart from it.
    where invoices.credited_amount > coalesce(credited.amount, 0) + 0.01
)

select
    record_id || ' (' || {{ told('source_file') }} || ' line ' || {{ told('source_line') }}
    || '): ' || reason as message,
    record_id,
    source_file,
    source_line
from missing
