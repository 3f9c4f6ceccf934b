{{ config(materialized='table') }}

-- Grain: one row per month, customer, currency, subscription, item and metric with usage that was
-- there by the month's end, and whose period no invoice of that month or before tells of.
-- DECISIONS.md#usage-that-no-invoice-tells-of
with usage_records as (
    select * from {{ ref('stg_usage_records') }}
    where used_at <= {{ as_of() }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
),

-- Not every source names the currency of a subscription beside those of its items.
item_currencies as (
    select
        subscription_id,
        min(currency) as currency
    from {{ ref('stg_subscription_items') }}
    group by subscription_id
),

subscriptions as (
    select
        subscriptions.subscription_id,
        coalesce(customer_merges.survivor_customer_id, subscriptions.customer_id) as customer_id,
        coalesce(subscriptions.currency, item_currencies.currency) as currency
    from {{ ref('stg_subscriptions') }} as subscriptions
    left join item_currencies on subscriptions.subscription_id = item_currencies.subscription_id
    left join customer_merges on subscriptions.customer_id = customer_merges.merged_customer_id
    left join excluded on subscriptions.customer_id = excluded.customer_id
    where excluded.customer_id is null
),

-- A line that says no beginning tells of all that came before its end.
invoiced_periods as (
    select
        coalesce(lines.subscription_id, invoices.subscription_id) as subscription_id,
        lines.item_id,
        case when lines.service_start_at < lines.service_end_at then lines.service_start_at end
            as start_at,
        coalesce(lines.service_end_at, invoices.booked_at) as end_at,
        invoices.booking_month_index
    from {{ ref('int_terms__invoice_lines') }} as lines
    inner join {{ ref('int_finance__booked_invoices') }} as invoices
        on lines.invoice_id = invoices.invoice_id
    where
        lines.kind = 'usage'
        and invoices.status <> 'void'
),

told as (
    select
        usage_records.usage_id,
        min(invoiced_periods.booking_month_index) as booking_month_index
    from usage_records
    inner join invoiced_periods
        on
            usage_records.subscription_id = invoiced_periods.subscription_id
            and (
                usage_records.item_id is null
                or invoiced_periods.item_id is null
                or usage_records.item_id = invoiced_periods.item_id
            )
            and (
                invoiced_periods.start_at is null
                or usage_records.used_at >= invoiced_periods.start_at
            )
            and usage_records.used_at < invoiced_periods.end_at
    group by usage_records.usage_id
),

waiting as (
    select
        subscriptions.customer_id,
        subscriptions.currency,
        usage_records.subscription_id,
        usage_records.item_id,
        usage_records.metric,
        usage_records.quantity,
        {{ month_index(local_date('usage_records.used_at')) }} as first_month_index,
        coalesce(told.booking_month_index - 1, {{ month_index(as_of_date()) }}) as last_month_index
    from usage_records
    inner join subscriptions on usage_records.subscription_id = subscriptions.subscription_id
    left join told on usage_records.usage_id = told.usage_id
),

months as (
    select
        customer_id,
        currency,
        subscription_id,
        item_id,
        metric,
        quantity,
        {{ expand_integers('first_month_index', 'last_month_index') }} as month_index
    from waiting
)

select
    cast(month_index as integer) as month_index,
    customer_id,
    currency,
    subscription_id,
    item_id,
    metric,
    cast(sum(quantity) as {{ type_quantity() }}) as quantity
from months
group by
    month_index,
    customer_id,
    currency,
    subscription_id,
    item_id,
    metric
