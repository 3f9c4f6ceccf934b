-- Grain: one row per invoice line that breaks the rule: its revenue is not its amount less what was
-- taken back.
with lines as (
    select * from {{ ref('int_finance__lines') }}
    where kind <> 'credit_purchase'
),

revenue as (
    select
        invoice_id,
        line_id,
        sum(amount_native) as amount
    from {{ ref('fct_revenue_recognition') }}
    group by
        invoice_id,
        line_id
),

taken as (
    select
        invoice_id,
        line_id,
        sum(taken_revenue + taken_deferred) as amount
    from {{ ref('int_finance__taken_amounts') }}
    group by
        invoice_id,
        line_id
),

compared as (
    select
        lines.invoice_id,
        lines.line_id,
        lines.source_file,
        lines.source_line,
        lines.amount_native - coalesce(taken.amount, 0) as amount_left,
        coalesce(revenue.amount, 0) as recognised
    from lines
    left join revenue
        on
            lines.invoice_id = revenue.invoice_id
            and lines.line_id = revenue.line_id
    left join taken
        on
            lines.invoice_id = taken.invoice_id
            and lines.line_id = taken.line_id
)

select
    invoice_id || ', line ' || line_id
    || ': its revenue is ' || {{ told('recognised') }}
    || '; its amount less what was taken back is ' || {{ told('amount_left') }} as message,
    invoice_id,
    line_id,
    amount_left,
    recognised,
    source_file,
    source_line
from compared
where amount_left <> recognised
