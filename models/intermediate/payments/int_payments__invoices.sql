{{ config(materialized='table') }}

-- Grain: one row per invoice issued by the as-of instant, in its own and the reporting currency.
with invoices as (
    select * from {{ ref('stg_invoices') }}
    where
        issued_at <= {{ as_of() }}
        and status <> 'draft'
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
),

dated as (
    select
        invoices.*,
        coalesce(customer_merges.survivor_customer_id, invoices.customer_id)
            as surviving_customer_id,
        {{ local_date('invoices.issued_at') }} as issued_on
    from invoices
    left join customer_merges
        on invoices.customer_id = customer_merges.merged_customer_id
)

select
    dated.invoice_id,
    dated.surviving_customer_id as customer_id,
    dated.subscription_id,
    dated.issued_on,
    {{ month_start('dated.issued_on') }} as billed_month,
    dated.currency,
    dated.status,
    dated.reason,
    dated.issued_at,
    dated.due_at,
    dated.paid_at,
    dated.next_attempt_at,
    dated.total as total_native,
    coalesce(dated.tax_total, 0) as tax_native,
    coalesce(dated.amount_paid, case when dated.status = 'paid' then dated.total else 0 end)
        as paid_native,
    coalesce(
        dated.amount_due,
        case when dated.status = 'open' then dated.total - coalesce(dated.amount_paid, 0) else 0 end
    ) as due_native,
    {{ balance_in_reporting_currency('dated.total', 'dated.currency', 'rates.rate') }} as total,
    case
        when dated.currency = {{ reporting_currency() }} then cast(1 as {{ type_exchange_rate() }})
        else rates.rate
    end as exchange_rate,
    dated.source_file,
    dated.source_line
from dated
left join rates
    on
        dated.currency = rates.currency
        and dated.issued_on = rates.rate_day
