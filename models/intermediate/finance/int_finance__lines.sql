{{ config(materialized='table') }}

-- Grain: one row per line of a finalised invoice, tax left out: what it is worth, and when its
-- service begins and ends. A line without a service period counts on its invoice's day, and so does
-- a period that ends as it begins.
-- DECISIONS.md#a-line-without-a-service-period
with lines as (
    select
        *,
        coalesce(service_start_at < service_end_at, false) as has_period
    from {{ ref('int_terms__invoice_lines') }}
    where
        kind <> 'tax'
        and amount_ex_tax <> 0
),

invoices as (
    select * from {{ ref('int_finance__booked_invoices') }}
),

prices as (
    select * from {{ ref('stg_prices') }}
)

select
    ---------- ids
    {{ row_of_build() }} as line_number,
    lines.invoice_id,
    lines.line_id,
    invoices.customer_id,
    coalesce(lines.subscription_id, invoices.subscription_id) as subscription_id,
    prices.product_id,
    prices.plan_name,
    ---------- what it is
    lines.kind,
    case
        when lines.kind in ('recurring', 'discount') then 'recurring'
        -- What was paid in advance is earned by use, or by the end of its time.
        when lines.kind in ('usage', 'true_up', 'granted_credit', 'credit_purchase') then 'usage'
        when lines.kind in ('one_time', 'rounding') then 'one_time'
    end as revenue_kind,
    -- It takes of what was paid in advance, as a payment does.
    lines.kind = 'credit_purchase' and lines.amount_ex_tax < 0 as is_draw_down,
    lines.has_period,
    case when lines.has_period then lines.service_start_at else invoices.booked_at end as start_at,
    case when lines.has_period then lines.service_end_at else invoices.booked_at end as end_at,
    invoices.booked_at,
    invoices.booking_month,
    invoices.booking_month_index,
    ---------- money
    lines.currency,
    invoices.exponent,
    lines.amount_ex_tax as amount_native,
    lines.discount_amount,
    invoices.exchange_rate,
    cast(invoices.exchange_rate as {{ type_double() }}) as rate_as_double,
    ---------- lineage
    lines.source_file,
    lines.source_line
from lines
inner join invoices on lines.invoice_id = invoices.invoice_id
left join prices on lines.price_id = prices.price_id
