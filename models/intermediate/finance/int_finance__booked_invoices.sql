{{ config(materialized='table') }}

-- Grain: one row per invoice that was finalised by the as-of instant, with the day from which it
-- counts and the one rate of all that becomes of it.
-- DECISIONS.md#the-accounting-day-of-an-invoice
with invoices as (
    select
        *,
        coalesce(finalized_at, issued_at) as booked_at
    from {{ ref('stg_invoices') }}
    where status <> 'draft'
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
),

currencies as (
    select * from {{ ref('iso_4217') }}
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
),

booked as (
    select
        invoices.*,
        coalesce(customer_merges.survivor_customer_id, invoices.customer_id)
            as surviving_customer_id,
        coalesce(currencies.exponent, 2) as exponent,
        {{ local_date('invoices.booked_at') }} as booked_on
    from invoices
    left join customer_merges on invoices.customer_id = customer_merges.merged_customer_id
    left join excluded on invoices.customer_id = excluded.customer_id
    left join currencies on invoices.currency = currencies.currency
    where
        invoices.booked_at <= {{ as_of() }}
        and excluded.customer_id is null
)

select
    booked.invoice_id,
    booked.surviving_customer_id as customer_id,
    booked.subscription_id,
    booked.status,
    booked.currency,
    booked.exponent,
    booked.total,
    coalesce(booked.tax_total, 0) as tax_total,
    booked.amount_due,
    booked.booked_at,
    booked.booked_on,
    {{ month_start('booked.booked_on') }} as booking_month,
    {{ month_index('booked.booked_on') }} as booking_month_index,
    case
        when booked.currency = {{ reporting_currency() }} then cast(1 as {{ type_exchange_rate() }})
        else rates.rate
    end as exchange_rate,
    {{ acts_at('booked.voided_at', 'booked') }} as voided_at,
    {{ acts_at('coalesce(booked.uncollectible_at, booked.due_at)', 'booked') }}
        as uncollectible_at
from booked
left join rates
    on
        booked.currency = rates.currency
        and booked.booked_on = rates.rate_day
