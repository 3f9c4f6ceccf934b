-- Grain: one row per customer, month, currency and step between its contracted MRR and what is
-- invoiced in the month before tax, native; both ends are rows too.
-- DECISIONS.md#from-mrr-to-invoices
with months as (
    select
        *,
        coalesce(item_billed_until >= month_end_at, false) as is_billed
    from {{ ref('int_bridge__contract_months') }}
),

services as (
    select
        *,
        service_month_index < booking_month_index as is_late
    from {{ ref('int_bridge__service_months') }}
),

parts as (
    select * from {{ ref('int_bridge__service_lines') }}
    where
        is_part
        and exchange_rate is not null
),

lines as (
    select
        lines.*,
        invoices.status = 'void' as is_void
    from {{ ref('int_finance__lines') }} as lines
    inner join {{ ref('int_finance__booked_invoices') }} as invoices
        on lines.invoice_id = invoices.invoice_id
    where lines.exchange_rate is not null
),

-- The service lines are after the discount lines that go over them.
spread_discounts as (
    select distinct line_number
    from {{ ref('int_finance__parts') }}
    where line_id <> carrier_line_id
),

steps as (
    select
        customer_id,
        month_index,
        currency,
        'contracted' as step,
        mrr as amount
    from months

    union all

    select
        customer_id,
        month_index,
        currency,
        case
            when is_billed then {{ timing_step('interval_unit', 'interval_count') }}
            else 'not_yet_invoiced'
        end as step,
        -mrr as amount
    from months

    union all

    select
        customer_id,
        booking_month_index as month_index,
        currency,
        case
            when is_late then 'not_yet_invoiced'
            else {{ timing_step('interval_unit', 'interval_count') }}
        end as step,
        expected_amount as amount
    from services

    union all

    select
        customer_id,
        booking_month_index as month_index,
        currency,
        'discount_once' as step,
        -discount_once as amount
    from services

    union all

    select
        customer_id,
        booking_month_index as month_index,
        currency,
        'rounding' as step,
        rounding as amount
    from services

    union all

    select
        customer_id,
        booking_month_index as month_index,
        currency,
        'proration' as step,
        net_amount as amount
    from parts

    union all

    select
        lines.customer_id,
        lines.booking_month_index as month_index,
        lines.currency,
        case lines.kind
            when 'one_time' then 'one_time'
            when 'usage' then 'usage'
            when 'true_up' then 'usage'
            when 'granted_credit' then 'usage'
            when 'credit_purchase' then 'prepaid'
            when 'rounding' then 'rounding'
            when 'discount' then 'discount_once'
        end as step,
        lines.amount_native as amount
    from lines
    left join spread_discounts on lines.line_number = spread_discounts.line_number
    where
        lines.kind <> 'recurring'
        and not lines.is_void
        and spread_discounts.line_number is null

    union all

    select
        customer_id,
        booking_month_index as month_index,
        currency,
        'voided_invoices' as step,
        amount_native as amount
    from lines
    where is_void

    union all

    select
        customer_id,
        booking_month_index as month_index,
        currency,
        'invoiced' as step,
        amount_native as amount
    from lines
)

select
    customer_id,
    month_index,
    currency,
    step,
    {{ money_sum('amount') }} as amount_native
from steps
group by
    customer_id,
    month_index,
    currency,
    step
having sum(amount) <> 0
