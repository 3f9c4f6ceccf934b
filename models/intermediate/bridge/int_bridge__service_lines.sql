{{ config(materialized='table') }}

-- Grain: one row per recurring line of an invoice that was not withdrawn, with the contract that it
-- bills (the subscription, or all that the customer has where a line of it names none), the item of
-- that contract, and what it comes to after the discount lines of its invoice. A discount is known
-- where a coupon was in force.
-- DECISIONS.md#the-contract-that-a-line-bills
with lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
),

invoices as (
    select * from {{ ref('int_finance__booked_invoices') }}
),

named_items as (
    select * from {{ ref('int_payments__named_items') }}
),

discounts as (
    select
        parts.invoice_id,
        parts.carrier_line_id as line_id,
        {{ money_sum(
            'case when lines.amount_native < 0 then parts.amount else -parts.amount end'
        ) }} as amount
    from {{ ref('int_finance__parts') }} as parts
    inner join {{ ref('int_finance__lines') }} as lines on parts.line_number = lines.line_number
    where parts.line_id <> parts.carrier_line_id
    group by
        parts.invoice_id,
        parts.carrier_line_id
),

coupons as (
    select * from {{ ref('int_payments__line_coupons') }}
),

-- Where no discount is delivered, the line is the only one that can tell of it.
discounted_sources as (
    select distinct source_name
    from {{ ref('stg_discounts') }}
),

-- Where one line of a customer names no subscription, none of them is told apart.
whole_customers as (
    select distinct invoices.customer_id
    from lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
    where lines.subscription_id is null
),

booked as (
    select
        lines.*,
        invoices.customer_id as booked_customer_id,
        invoices.booked_at,
        invoices.booking_month_index,
        invoices.exponent,
        invoices.exchange_rate as booked_rate,
        whole_customers.customer_id is not null as is_for_whole_customer
    from lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
    left join whole_customers on invoices.customer_id = whole_customers.customer_id
)

select
    booked.invoice_id,
    booked.line_id,
    booked.source_name,
    booked.booked_customer_id as customer_id,
    case
        when booked.is_for_whole_customer then booked.booked_customer_id
        else booked.subscription_id
    end as contract_id,
    booked.is_for_whole_customer,
    case when booked.is_for_whole_customer then '' else coalesce(named_items.item_id, '') end
        as item_key,
    booked.interval_unit,
    booked.interval_count,
    booked.is_proration
    or (booked.is_part and booked.service_end_at is not null)
    or booked.amount_ex_tax < 0 as is_part,
    booked.currency,
    booked.exponent,
    booked.booked_rate as exchange_rate,
    cast(booked.amount_ex_tax - coalesce(discounts.amount, 0) as {{ type_money() }}) as net_amount,
    cast(booked.discount_amount + coalesce(discounts.amount, 0) as {{ type_money() }})
        as discount_amount,
    coalesce(coupons.has_valid_coupon, discounted_sources.source_name is null) as is_discount_known,
    booked.booked_at,
    booked.booking_month_index,
    booked.service_start_at,
    coalesce(
        booked.service_end_at,
        {{ add_period('booked.service_start_at', 'booked.interval_unit', 'booked.interval_count') }}
    ) as service_end_at
from booked
left join named_items
    on
        booked.subscription_id = named_items.subscription_id
        and booked.item_id = named_items.item_id
left join discounts
    on
        booked.invoice_id = discounts.invoice_id
        and booked.line_id = discounts.line_id
left join coupons
    on
        booked.invoice_id = coupons.invoice_id
        and booked.line_id = coupons.line_id
left join discounted_sources on booked.source_name = discounted_sources.source_name
