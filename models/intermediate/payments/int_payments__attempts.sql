{{ config(materialized='table') }}

-- Grain: one row per payment attempt and invoice it was meant for, up to the as-of instant.
with payments as (
    select * from {{ ref('stg_payments') }}
),

invoice_payments as (
    select * from {{ ref('int_payments__invoice_links') }}
)

select
    invoice_payments.invoice_id,
    payments.payment_id,
    payments.attempt_number,
    payments.attempted_at,
    payments.settled_at,
    payments.outcome,
    payments.method,
    payments.failure_code,
    payments.will_retry,
    invoice_payments.amount_applied,
    invoice_payments.currency,
    payments.outcome = 'failed' as is_failed,
    payments.outcome = 'succeeded' as is_succeeded,
    row_number() over (
        partition by invoice_payments.invoice_id
        order by payments.attempted_at, payments.attempt_number nulls last, payments.payment_id
    ) as attempt_rank,
    row_number() over (
        partition by invoice_payments.invoice_id
        order by
            payments.attempted_at desc,
            payments.attempt_number desc nulls last,
            payments.payment_id desc
    ) as attempt_rank_from_last
from payments
inner join invoice_payments
    on payments.payment_id = invoice_payments.payment_id
where
    payments.attempted_at <= {{ as_of() }}
    and payments.outcome <> 'canceled'
