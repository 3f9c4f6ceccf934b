-- Grain: one row per invoice and happening that raises or lowers its tax. These are its booking, a
-- credit note, a refund that no credit note covers, what was given up of it, and its end as void or
-- given up.
with invoices as (
    select * from {{ ref('int_finance__booked_invoices') }}
    where tax_total <> 0
),

credit_notes as (
    select * from {{ ref('stg_credit_notes') }}
    where {{ is_credit_in_force() }}
),

credited as (
    select
        credit_notes.invoice_id,
        {{ local_date(acts_at('credit_notes.issued_at', 'invoices')) }} as moved_on,
        -coalesce(credit_notes.tax, 0) as tax
    from credit_notes
    inner join invoices on credit_notes.invoice_id = invoices.invoice_id
),

paid_back as (
    select
        invoice_id,
        {{ local_date('happened_at') }} as moved_on,
        -tax as tax
    from {{ ref('int_finance__invoice_events') }}
    where tax is not null
),

ended as (
    select
        invoice_id,
        {{ local_date('happened_at') }} as moved_on
    from {{ ref('int_finance__invoice_events') }}
    where
        event_kind in ('void', 'bad_debt')
        and amount is null
),

lowered as (
    select * from credited
    union all
    select * from paid_back
),

lowered_in_all as (
    select
        invoice_id,
        sum(tax) as tax
    from lowered
    group by invoice_id
),

moves as (
    select
        invoice_id,
        booked_on as moved_on,
        tax_total as tax
    from invoices

    union all

    select * from lowered

    union all

    select
        ended.invoice_id,
        ended.moved_on,
        -(invoices.tax_total + coalesce(lowered_in_all.tax, 0)) as tax
    from ended
    inner join invoices on ended.invoice_id = invoices.invoice_id
    left join lowered_in_all on ended.invoice_id = lowered_in_all.invoice_id
)

select
    moves.invoice_id,
    {{ month_index('moves.moved_on') }} as month_index,
    invoices.currency,
    cast(moves.tax as {{ type_money() }}) as amount_native,
    {{ balance_in_reporting_currency(
        'cast(moves.tax as ' ~ type_money() ~ ')', 'invoices.currency', 'invoices.exchange_rate'
    ) }} as amount
from moves
inner join invoices on moves.invoice_id = invoices.invoice_id
where moves.tax <> 0
