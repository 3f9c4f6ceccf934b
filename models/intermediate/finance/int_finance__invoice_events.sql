{{ config(materialized='table') }}

-- Grain: one row per event that takes something off an invoice, or off one line of it, in the order
-- in which they act. Who credits, writes off or pays back says how much, before tax; who withdraws
-- the invoice takes what is left, and so does who gives it up, or what is unpaid where a part was
-- paid. What makes revenue of credits that were bought is an event of the line that sold them.
-- DECISIONS.md#a-refund-without-a-credit-note
-- DECISIONS.md#an-invoice-that-is-void-or-given-up
with invoices as (
    select * from {{ ref('int_finance__booked_invoices') }}
),

lines as (
    select * from {{ ref('int_finance__lines') }}
),

credit_notes as (
    select * from {{ ref('stg_credit_notes') }}
    where {{ is_credit_in_force() }}
),

named_lines as (
    select
        credit_notes.credit_note_id,
        credit_notes.invoice_id,
        credit_notes.is_write_off,
        credit_notes.issued_at,
        credit_lines.line_id,
        sum(credit_lines.amount_ex_tax) as amount
    from {{ ref('stg_credit_note_lines') }} as credit_lines
    inner join credit_notes on credit_lines.credit_note_id = credit_notes.credit_note_id
    inner join lines
        on
            credit_notes.invoice_id = lines.invoice_id
            and credit_lines.line_id = lines.line_id
    group by
        credit_notes.credit_note_id,
        credit_notes.invoice_id,
        credit_notes.is_write_off,
        credit_notes.issued_at,
        credit_lines.line_id
),

named_totals as (
    select
        credit_note_id,
        sum(amount) as amount
    from named_lines
    group by credit_note_id
),

-- Some credit notes say what of them went back as money; of the others only their amount is known.
credited as (
    select
        invoice_id,
        sum(coalesce(refunded_amount, 0)) as refunded,
        sum(case when refunded_amount is null then amount_ex_tax + coalesce(tax, 0) else 0 end)
            as amount
    from credit_notes
    group by invoice_id
),

paid as (
    select
        invoice_id,
        sum(amount_applied) as amount
    from {{ ref('int_payments__invoice_links') }}
    group by invoice_id
),

-- What was credited before it was paid is no money that a refund could give back.
covered as (
    select
        credited.invoice_id,
        credited.refunded
        + greatest(
            credited.amount - greatest(invoices.total - coalesce(paid.amount, 0), 0),
            0
        ) as amount
    from credited
    inner join invoices on credited.invoice_id = invoices.invoice_id
    left join paid on credited.invoice_id = paid.invoice_id
),

refunds as (
    select
        *,
        sum(amount) over (
            partition by invoice_id
            order by occurred_at, reversal_id
            rows between unbounded preceding and current row
        ) as amount_so_far
    from {{ ref('int_core__refunds') }}
),

uncovered_refunds as (
    select
        refunds.invoice_id,
        refunds.reversal_id,
        refunds.kind,
        refunds.occurred_at,
        least(
            refunds.amount,
            greatest(refunds.amount_so_far - coalesce(covered.amount, 0), 0)
        ) as amount
    from refunds
    left join covered on refunds.invoice_id = covered.invoice_id
),

-- Of an invoice that was given up, what was paid of it before is no bad debt.
unpaid_parts as (
    select
        invoices.invoice_id,
        invoices.invoice_id as event_id,
        'bad_debt' as kind,
        invoices.uncollectible_at as happened_at,
        invoices.amount_due as amount
    from invoices
    left join credited on invoices.invoice_id = credited.invoice_id
    where
        invoices.status = 'uncollectible'
        and invoices.uncollectible_at <= {{ as_of() }}
        and invoices.amount_due > 0
        and invoices.amount_due
        < invoices.total - coalesce(credited.refunded, 0) - coalesce(credited.amount, 0)
),

-- Where a credit note wrote off what was unpaid and nothing is due any more, what was paid stays.
written_off as (
    select distinct invoice_id
    from credit_notes
    where is_write_off
),

with_tax as (
    select
        invoice_id,
        reversal_id as event_id,
        kind,
        occurred_at as happened_at,
        amount
    from uncovered_refunds
    where amount > 0

    union all

    select * from unpaid_parts
),

-- A refund is paid back with its tax, and what is unpaid holds it too.
untaxed as (
    select
        with_tax.*,
        case
            when invoices.tax_total = 0 then with_tax.amount
            else {{ round_to_exponent(
                'with_tax.amount * '
                ~ ratio('(invoices.total - invoices.tax_total)', 'invoices.total'),
                'invoices.exponent'
            ) }}
        end as before_tax
    from with_tax
    inner join invoices on with_tax.invoice_id = invoices.invoice_id
),

events as (
    select
        invoice_id,
        line_id,
        credit_note_id as event_id,
        {{ credit_note_class('named_lines') }} as event_kind,
        issued_at as happened_at,
        amount,
        cast(null as {{ type_money() }}) as tax
    from named_lines

    union all

    select
        credit_notes.invoice_id,
        cast(null as {{ dbt.type_string() }}) as line_id,
        credit_notes.credit_note_id as event_id,
        {{ credit_note_class('credit_notes') }} as event_kind,
        credit_notes.issued_at as happened_at,
        credit_notes.amount_ex_tax - coalesce(named_totals.amount, 0) as amount,
        cast(null as {{ type_money() }}) as tax
    from credit_notes
    left join named_totals on credit_notes.credit_note_id = named_totals.credit_note_id
    where credit_notes.amount_ex_tax <> coalesce(named_totals.amount, 0)

    union all

    select
        invoice_id,
        cast(null as {{ dbt.type_string() }}) as line_id,
        event_id,
        kind as event_kind,
        happened_at,
        before_tax as amount,
        amount - before_tax as tax
    from untaxed

    union all

    select
        invoices.invoice_id,
        cast(null as {{ dbt.type_string() }}) as line_id,
        invoices.invoice_id as event_id,
        case when invoices.status = 'void' then 'void' else 'bad_debt' end as event_kind,
        case
            when invoices.status = 'void' then invoices.voided_at
            else invoices.uncollectible_at
        end as happened_at,
        cast(null as {{ type_money() }}) as amount,
        cast(null as {{ type_money() }}) as tax
    from invoices
    left join unpaid_parts on invoices.invoice_id = unpaid_parts.invoice_id
    left join written_off on invoices.invoice_id = written_off.invoice_id
    where
        unpaid_parts.invoice_id is null
        and (
            (invoices.status = 'void' and invoices.voided_at <= {{ as_of() }})
            or (
                invoices.status = 'uncollectible'
                and invoices.uncollectible_at <= {{ as_of() }}
                and (
                    written_off.invoice_id is null
                    or coalesce(invoices.amount_due, invoices.total) <> 0
                )
            )
        )

    union all

    {{ accelerated_lines('lines', 'credit_notes') }}

    union all

    select
        invoice_id,
        line_id,
        transaction_id as event_id,
        event_kind,
        occurred_at as happened_at,
        amount,
        cast(null as {{ type_money() }}) as tax
    from {{ ref('int_finance__credit_uses') }}
),

dated as (
    select
        events.invoice_id,
        events.line_id,
        events.event_id,
        events.event_kind,
        case
            when {{ earns_at_once('events.event_kind') }} then events.happened_at
            else {{ acts_at('events.happened_at', 'invoices') }}
        end as happened_at,
        events.amount,
        events.tax
    from events
    inner join invoices on events.invoice_id = invoices.invoice_id
)

select
    dated.invoice_id,
    dated.line_id,
    dated.event_id,
    dated.event_kind,
    dated.happened_at,
    dated.amount,
    dated.tax,
    row_number() over (
        partition by dated.invoice_id
        order by
            dated.happened_at,
            case dated.event_kind
                when 'credit_note' then 1
                when 'refund' then 2
                when 'dispute' then 3
                when 'drawn_down' then 4
                when 'accelerated' then 5
                when 'breakage' then 6
                when 'bad_debt' then 7
                when 'void' then 8
            end,
            dated.event_id,
            dated.line_id
    ) as event_number
from dated
