-- Grain: one row per customer, month and class in which something was credited or paid back, or
-- credits expired or were used without an invoice, with the row that was learnt last.
with customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

told as (
    select
        invoices.customer_id,
        {{ month_start(local_date('credit_notes.issued_at')) }} as period_month,
        {{ credit_note_class('credit_notes') }} as revenue_class,
        credit_notes.recorded_at,
        credit_notes.source_file,
        credit_notes.source_line
    from {{ ref('stg_credit_notes') }} as credit_notes
    inner join {{ ref('stg_invoices') }} as invoices
        on credit_notes.invoice_id = invoices.invoice_id

    union all

    select
        payments.customer_id,
        {{ month_start(local_date('reversals.occurred_at')) }} as period_month,
        reversals.kind as revenue_class,
        reversals.recorded_at,
        reversals.source_file,
        reversals.source_line
    from {{ ref('stg_reversals') }} as reversals
    inner join {{ ref('stg_payments') }} as payments
        on reversals.payment_id = payments.payment_id

    union all

    select
        customer_id,
        {{ month_start(local_date('occurred_at')) }} as period_month,
        case kind when 'expiry' then 'breakage' else 'earned' end as revenue_class,
        recorded_at,
        source_file,
        source_line
    from {{ ref('stg_credit_transactions') }}
    where
        credit_kind = 'paid'
        and (kind = 'expiry' or (kind = 'draw_down' and invoice_id is null))
),

survived as (
    select
        coalesce(customer_merges.survivor_customer_id, told.customer_id) as customer_id,
        told.period_month,
        told.revenue_class,
        told.recorded_at,
        told.source_file,
        told.source_line
    from told
    left join customer_merges on told.customer_id = customer_merges.merged_customer_id
),

ranked as (
    select
        survived.*,
        row_number() over (
            partition by customer_id, period_month, revenue_class
            order by recorded_at desc, source_file desc, source_line desc
        ) as rank
    from survived
)

select
    customer_id,
    period_month,
    revenue_class,
    recorded_at,
    source_file,
    source_line
from ranked
where rank = 1
