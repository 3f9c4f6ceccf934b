-- Grain: one row per telling of what takes something off revenue, or makes revenue of what was sold
-- in advance: credit notes, money that went back, what became of credits, invoices that are void or
-- given up, subscriptions that ended; with the class of revenue and the line that told it first.
with customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

invoices as (
    select * from {{ ref('int_finance__booked_invoices') }}
),

paid_invoices as (
    select
        invoice_id,
        payment_id
    from {{ ref('int_payments__invoice_links') }}
    where amount_applied > 0
),

told_credit_notes as (
    {{ first_tellings(
        'credit_notes',
        {
            'invoice_id': source_key('invoice_id'),
            'credit_note_id': 'credit_note_id',
            'status': 'status',
            'amount_ex_tax': 'amount_ex_tax',
            'tax': 'tax',
            'issued_at': 'cast(issued_at as ' ~ type_instant() ~ ')',
            'voided_at': 'voided_at',
            'is_write_off': 'cast(is_write_off as boolean)',
        },
        'not _is_deleted'
    ) }}
),

told_reversals as (
    {{ first_tellings(
        'reversals',
        {
            'payment_id': source_key('payment_id'),
            'reversal_id': 'reversal_id',
            'kind': 'kind',
            'status': 'status',
            'amount': 'amount',
            'occurred_at': 'cast(occurred_at as ' ~ type_instant() ~ ')',
        },
        'not _is_deleted and not coalesce(cast(is_cash_only as boolean), false)'
    ) }}
),

told_credits as (
    {{ first_tellings(
        'credit_transactions',
        {
            'transaction_id': 'transaction_id',
            'customer_id': source_key('customer_id'),
            'kind': 'kind',
            'amount': 'amount',
            'occurred_at': 'cast(occurred_at as ' ~ type_instant() ~ ')',
        },
        "not _is_deleted and credit_kind = 'paid' and (kind = 'expiry' or (kind = 'draw_down' and "
        ~ "invoice_id is null))"
    ) }}
),

told_invoices as (
    {{ first_tellings(
        'invoices',
        {'invoice_id': source_key('invoice_id'), 'status': 'status'},
        "not _is_deleted and status in ('void', 'uncollectible')"
    ) }}
),

told as (
    select
        invoices.customer_id,
        {{ month_start(local_date(acts_at('told_credit_notes.issued_at', 'invoices'))) }}
            as period_month,
        {{ credit_note_class('told_credit_notes') }} as revenue_class,
        told_credit_notes.loaded_at,
        told_credit_notes.source_file,
        told_credit_notes.source_line
    from told_credit_notes
    inner join invoices
        on told_credit_notes.invoice_id = invoices.invoice_id

    union all

    select distinct
        coalesce(invoices.customer_id, payments.customer_id) as customer_id,
        {{ month_start(local_date(acts_at('told_reversals.occurred_at', 'invoices'))) }}
            as period_month,
        told_reversals.kind as revenue_class,
        told_reversals.loaded_at,
        told_reversals.source_file,
        told_reversals.source_line
    from told_reversals
    inner join {{ ref('stg_payments') }} as payments
        on told_reversals.payment_id = payments.payment_id
    left join paid_invoices on payments.payment_id = paid_invoices.payment_id
    left join invoices on paid_invoices.invoice_id = invoices.invoice_id

    union all

    select
        customer_id,
        {{ month_start(local_date('occurred_at')) }} as period_month,
        case kind when 'expiry' then 'breakage' when 'draw_down' then 'earned' end as revenue_class,
        loaded_at,
        source_file,
        source_line
    from told_credits

    union all

    select
        invoices.customer_id,
        {{ month_start(local_date(
            "case when told_invoices.status = 'void' then invoices.voided_at "
            ~ "else invoices.uncollectible_at end"
        )) }} as period_month,
        case told_invoices.status when 'void' then 'void' when 'uncollectible' then 'bad_debt' end
            as revenue_class,
        told_invoices.loaded_at,
        told_invoices.source_file,
        told_invoices.source_line
    from told_invoices
    inner join invoices
        on told_invoices.invoice_id = invoices.invoice_id

    union all

    select
        customer_id,
        {{ month_start(local_date('ended_at')) }} as period_month,
        'accelerated' as revenue_class,
        end_recorded_at as loaded_at,
        end_source_file as source_file,
        end_source_line as source_line
    from {{ ref('stg_subscriptions') }}
    where
        {{ 'true' if policy('recognise_on_end') == 'accelerate' else 'false' }}
        and ended_at is not null
)

select
    coalesce(customer_merges.survivor_customer_id, told.customer_id) as customer_id,
    told.period_month,
    told.revenue_class,
    told.loaded_at,
    told.source_file,
    told.source_line
from told
left join customer_merges on told.customer_id = customer_merges.merged_customer_id
