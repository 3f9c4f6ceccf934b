-- Grain: one row per invoice that is not a draft.
with invoices as (
    select * from {{ ref('int_payments__invoices') }}
),

attempts as (
    select * from {{ ref('int_payments__attempts') }}
),

credit_notes as (
    select * from {{ ref('stg_credit_notes') }}
    where {{ is_credit_in_force() }}
),

attempt_totals as (
    select
        invoice_id,
        cast(count(*) as bigint) as attempts,
        {{ count_where('is_failed') }} as failed_attempts,
        max(case when attempt_rank = 1 then outcome end) as first_outcome,
        max(case when attempt_rank = 1 then method end) as method
    from attempts
    group by invoice_id
),

credits as (
    select
        invoice_id,
        {{ money_sum('amount_ex_tax + coalesce(tax, 0)') }} as credited_native
    from credit_notes
    where invoice_id is not null
    group by invoice_id
)

select
    ---------- ids
    invoices.invoice_id,
    invoices.customer_id,
    invoices.subscription_id,
    ---------- what it is
    invoices.billed_month,
    invoices.currency,
    invoices.status,
    invoices.reason,
    invoices.issued_at,
    invoices.due_at,
    invoices.paid_at,
    ---------- money
    cast(invoices.total_native as {{ type_money() }}) as total_native,
    cast(invoices.tax_native as {{ type_money() }}) as tax_native,
    cast(invoices.paid_native as {{ type_money() }}) as paid_native,
    cast(invoices.due_native as {{ type_money() }}) as due_native,
    cast(coalesce(credits.credited_native, 0) as {{ type_money() }}) as credited_native,
    cast(invoices.total as {{ type_money() }}) as total,
    {{ invoice_amount('invoices.tax_native') }} as tax,
    {{ invoice_amount('invoices.paid_native') }} as paid,
    {{ invoice_amount('invoices.due_native') }} as due,
    {{ invoice_amount('coalesce(credits.credited_native, 0)') }} as credited,
    invoices.exchange_rate as rate,
    ---------- payment
    coalesce(attempt_totals.attempts, 0) as attempts,
    coalesce(attempt_totals.failed_attempts, 0) as failed_attempts,
    attempt_totals.first_outcome,
    attempt_totals.method,
    case
        when invoices.status = 'open' and {{ local_date('invoices.due_at') }} < {{ as_of_date() }}
            then cast({{ days_between(local_date('invoices.due_at'), as_of_date()) }} as bigint)
    end as days_overdue,
    case
        when invoices.status <> 'open' then null
        when invoices.due_at is null or {{ local_date('invoices.due_at') }} >= {{ as_of_date() }}
            then 'not due'
        when {{ days_between(local_date('invoices.due_at'), as_of_date()) }} <= 30
            then '1 to 30 days'
        when {{ days_between(local_date('invoices.due_at'), as_of_date()) }} <= 60
            then '31 to 60 days'
        when {{ days_between(local_date('invoices.due_at'), as_of_date()) }} <= 90
            then '61 to 90 days'
        else 'over 90 days'
    end as ageing_band,
    ---------- lineage
    invoices.source_file,
    invoices.source_line
from invoices
left join attempt_totals
    on invoices.invoice_id = attempt_totals.invoice_id
left join credits
    on invoices.invoice_id = credits.invoice_id
