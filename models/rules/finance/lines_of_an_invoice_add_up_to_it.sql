-- Grain: one row per invoice that breaks the rule: its lines are not its total before tax, so part
-- of it can't be recognised, or too much is.
with invoices as (
    select * from {{ ref('int_finance__booked_invoices') }}
),

lines as (
    select
        invoice_id,
        sum(amount_native) as amount,
        cast(count(*) as bigint) as lines
    from {{ ref('int_finance__lines') }}
    group by invoice_id
)

select
    invoices.invoice_id
    || ': its ' || {{ told('coalesce(lines.lines, 0)') }}
    || ' lines come to ' || {{ told('coalesce(lines.amount, 0)') }}
    || ', its total before tax is ' || {{ told('invoices.total - invoices.tax_total') }} as message,
    invoices.invoice_id,
    invoices.customer_id,
    coalesce(lines.amount, 0) as lines_amount,
    invoices.total - invoices.tax_total as invoice_amount
from invoices
left join lines on invoices.invoice_id = lines.invoice_id
where
    abs(coalesce(lines.amount, 0) - (invoices.total - invoices.tax_total)) > 0.01
    -- What prorations give back beyond the invoice goes to the customer's balance: its total is 0.
    and not (invoices.total = 0 and lines.amount < 0)
