-- Grain: one row per invoice whose first payment attempt failed.
-- DECISIONS.md#whether-an-attempt-will-be-repeated
-- DECISIONS.md#a-dunning
with attempts as (
    select * from {{ ref('int_payments__attempts') }}
),

invoices as (
    select * from {{ ref('int_payments__invoices') }}
),

first_failures as (
    select
        invoice_id,
        attempted_at as first_failed_at,
        method,
        failure_code
    from attempts
    where attempt_rank = 1 and is_failed
),

last_attempts as (
    select
        invoice_id,
        is_failed,
        will_retry
    from attempts
    where attempt_rank_from_last = 1
),

successes as (
    select
        invoice_id,
        coalesce(settled_at, attempted_at) as succeeded_at,
        method,
        row_number() over (
            partition by invoice_id
            order by attempted_at desc, payment_id desc
        ) as success_rank
    from attempts
    where is_succeeded
),

attempt_counts as (
    select
        invoice_id,
        cast(count(*) as bigint) as attempts,
        {{ count_where('is_failed') }} as failed_attempts
    from attempts
    group by invoice_id
)

select
    invoices.invoice_id,
    invoices.customer_id,
    invoices.subscription_id,
    invoices.billed_month,
    invoices.currency,
    invoices.total_native,
    invoices.total,
    invoices.status as invoice_status,
    invoices.source_file,
    invoices.source_line,
    first_failures.first_failed_at,
    first_failures.method,
    first_failures.failure_code,
    attempt_counts.attempts,
    attempt_counts.failed_attempts,
    -- Paid outside the payment system: only the invoice knows.
    coalesce(
        successes.succeeded_at,
        case
            when invoices.status = 'paid' and invoices.paid_at <= {{ as_of() }}
                then invoices.paid_at
        end
    ) as recovered_at,
    successes.method as recovery_method,
    -- Where the attempts don't say it, the invoice knows whether another one is planned.
    last_attempts.is_failed
    and not coalesce(last_attempts.will_retry, invoices.next_attempt_at is not null)
        as is_exhausted
from first_failures
inner join invoices
    on first_failures.invoice_id = invoices.invoice_id
inner join attempt_counts
    on first_failures.invoice_id = attempt_counts.invoice_id
inner join last_attempts
    on first_failures.invoice_id = last_attempts.invoice_id
left join successes
    on
        first_failures.invoice_id = successes.invoice_id
        and successes.success_rank = 1
