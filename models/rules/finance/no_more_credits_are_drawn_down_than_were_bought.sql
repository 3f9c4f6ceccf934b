-- Grain: one row per line that breaks the rule: it draws down more than its customer has bought by
-- then, in its currency. What exceeds it was bought on a line of another kind, or was given.
-- DECISIONS.md#bought-and-granted-credits
with lines as (
    select * from {{ ref('int_finance__lines') }}
    where kind = 'credit_purchase'
),

invoices as (
    select * from {{ ref('int_finance__booked_invoices') }}
    where status <> 'void'
),

balances as (
    select
        lines.invoice_id,
        lines.line_id,
        lines.customer_id,
        lines.currency,
        lines.is_draw_down,
        lines.amount_native,
        sum(lines.amount_native) over (
            partition by lines.customer_id, lines.currency
            order by lines.booked_at, lines.is_draw_down, lines.invoice_id, lines.line_id
            rows between unbounded preceding and current row
        ) as balance,
        lines.source_file,
        lines.source_line
    from lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
)

select
    invoice_id || ', line ' || line_id
    || ' (' || {{ told('source_file') }} || ' line ' || {{ told('source_line') }}
    || '): it draws down ' || {{ told('-amount_native') }} || ' ' || currency
    || ', which leaves ' || customer_id || ' with ' || {{ told('balance') }} as message,
    invoice_id,
    line_id,
    customer_id,
    currency,
    balance,
    source_file,
    source_line
from balances
where
    is_draw_down
    and balance < 0
