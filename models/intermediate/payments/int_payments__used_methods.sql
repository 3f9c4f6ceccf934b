-- Grain: one row per customer and payment method that brought money by the as-of instant.
with payments as (
    select * from {{ ref('stg_payments') }}
    where
        outcome = 'succeeded'
        and attempted_at <= {{ as_of() }}
),

invoice_links as (
    select * from {{ ref('int_payments__invoice_links') }}
),

invoices as (
    select * from {{ ref('int_payments__invoices') }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

-- A payment provider has ids of its own for customers; the invoice that was paid knows ours.
invoiced_customers as (
    select
        invoice_links.payment_id,
        min(invoices.customer_id) as customer_id
    from invoice_links
    inner join invoices
        on invoice_links.invoice_id = invoices.invoice_id
    group by invoice_links.payment_id
),

paid as (
    select
        payments.payment_id,
        payments.payment_method_id,
        payments.method,
        payments.card_expires_month,
        payments.attempted_at,
        payments.source_file,
        payments.source_line,
        coalesce(
            invoiced_customers.customer_id,
            customer_merges.survivor_customer_id,
            payments.customer_id
        ) as customer_id,
        -- Without an id a method is what it shows of itself.
        coalesce(
            payments.payment_method_id,
            coalesce(payments.method, 'unknown') || '/'
            || coalesce(cast(payments.card_expires_month as {{ dbt.type_string() }}), 'unknown')
        ) as method_key
    from payments
    left join invoiced_customers
        on payments.payment_id = invoiced_customers.payment_id
    left join customer_merges
        on payments.customer_id = customer_merges.merged_customer_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, method_key order by attempted_at desc, payment_id desc
        ) as recency_of_method,
        row_number() over (
            partition by customer_id order by attempted_at desc, payment_id desc
        ) as recency
    from paid
    where customer_id is not null
)

select
    customer_id,
    method_key,
    payment_method_id,
    method,
    card_expires_month,
    {{ local_date('attempted_at') }} as last_paid_on,
    recency = 1 as is_in_use,
    source_file,
    source_line
from ranked
where recency_of_method = 1
