-- Grain: one row per invoice line that breaks the rule: its invoice was not delivered, its period
-- ends before it begins, or it is recurring and has no period. The first is in no revenue, and the
-- others are earned on their invoice's day.
with lines as (
    select * from {{ ref('int_terms__invoice_lines') }}
    where
        kind <> 'tax'
        and amount_ex_tax <> 0
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

judged as (
    select
        lines.*,
        case
            when invoices.invoice_id is null
                then 'its invoice was not delivered, so it is in no revenue'
            when lines.service_end_at < lines.service_start_at
                then 'its period ends before it begins, so it is earned on its invoice''s day'
            when
                lines.kind = 'recurring'
                and (lines.service_start_at is null or lines.service_end_at is null)
                then 'it is recurring without a period, so it is earned on its invoice''s day'
        end as reason
    from lines
    left join invoices on lines.invoice_id = invoices.invoice_id
)

select
    invoice_id || ', line ' || line_id
    || ' (' || {{ told('source_file') }} || ' line ' || {{ told('source_line') }}
    || '): ' || reason as message,
    invoice_id,
    line_id,
    reason,
    source_file,
    source_line
from judged
where reason is not null
