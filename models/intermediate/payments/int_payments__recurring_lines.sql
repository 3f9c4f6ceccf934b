{{ config(materialized='table') }}

-- Grain: one row per recurring line of an invoice that was not withdrawn, with the billing interval
-- that its amount is for. A line shorter than the interval of its price is a part of a
-- period, whether the source marks it so or not; one much longer catches up on several.
with lines as (
    select * from {{ ref('int_terms__invoice_lines') }}
    where kind = 'recurring'
),

invoices as (
    select * from {{ ref('int_payments__invoices') }}
    where status <> 'void'
),

prices as (
    select * from {{ ref('stg_prices') }}
),

dated as (
    select
        lines.invoice_id,
        lines.line_id,
        lines.source_name,
        invoices.customer_id,
        coalesce(lines.subscription_id, invoices.subscription_id) as subscription_id,
        lines.item_id,
        lines.is_proration,
        lines.amount_ex_tax,
        lines.discount_amount,
        lines.currency,
        invoices.exchange_rate,
        invoices.issued_at,
        coalesce(lines.service_start_at, invoices.issued_at) as service_start_at,
        lines.service_end_at,
        greatest(
            {{ days_between(
                local_date('coalesce(lines.service_start_at, invoices.issued_at)'),
                local_date('lines.service_end_at')
            ) }},
            1
        ) as service_days,
        prices.interval_unit,
        prices.interval_count
    from lines
    inner join invoices
        on lines.invoice_id = invoices.invoice_id
    left join prices
        on lines.price_id = prices.price_id
),

measured as (
    select
        dated.*,
        {{ add_days_to_instant('dated.service_end_at', 1) }}
        < {{ add_shortest_period(
            'dated.service_start_at', 'dated.interval_unit', 'dated.interval_count'
        ) }} as is_short,
        dated.interval_unit is null
        or dated.service_end_at > {{ add_days_to_instant(
            add_period('dated.service_start_at', 'dated.interval_unit', 'dated.interval_count'), 3
        ) }} as is_by_days,
        case
            when dated.interval_unit in ('day', 'week') then 'day'
            else {{ period_unit('dated.service_days') }}
        end as days_unit,
        case
            when dated.interval_unit in ('day', 'week') then dated.service_days
            else {{ period_count('dated.service_days') }}
        end as days_count
    from dated
)

select
    invoice_id,
    line_id,
    source_name,
    customer_id,
    subscription_id,
    item_id,
    is_proration,
    is_proration
    or coalesce(is_short, false)
    or service_end_at is null
    or (is_by_days and days_unit = 'day' and service_days % 7 <> 0) as is_part,
    amount_ex_tax,
    discount_amount,
    currency,
    exchange_rate,
    issued_at,
    service_start_at,
    service_end_at,
    case when is_by_days then days_unit else interval_unit end as interval_unit,
    cast(case when is_by_days then days_count else interval_count end as integer)
        as interval_count
from measured
