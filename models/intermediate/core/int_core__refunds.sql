{{ config(materialized='table') }}

-- Grain: one row per refund or lost dispute, and invoice that its payment was for.
-- Each invoice of a payment for several takes the part that was applied to it.
-- Where a source never says which invoice a payment was for, the customer is all that is known.
-- What moves money alone takes no revenue.
-- DECISIONS.md#a-refund-without-a-credit-note
with reversals as (
    select * from {{ ref('stg_reversals') }}
    where
        {{ is_money_gone() }}
        and not coalesce(is_cash_only, false)
),

payments as (
    select * from {{ ref('stg_payments') }}
),

links as (
    select * from {{ ref('int_payments__invoice_links') }}
    where amount_applied > 0
),

applied as (
    select
        payment_id,
        {{ money_sum('amount_applied') }} as amount
    from links
    group by payment_id
),

sources_with_links as (
    select distinct source_name
    from {{ ref('stg_invoice_payments') }}
)

select
    reversals.reversal_id,
    payments.customer_id,
    links.invoice_id,
    reversals.kind,
    reversals.occurred_at,
    reversals.currency,
    {{ local_date('reversals.occurred_at') }} as refunded_on,
    case
        when links.amount_applied < applied.amount
            then cast(
                reversals.amount * {{ ratio('links.amount_applied', 'applied.amount') }}
                as {{ type_money() }}
            )
        else reversals.amount
    end as amount
from reversals
inner join payments on reversals.payment_id = payments.payment_id
left join links on reversals.payment_id = links.payment_id
left join applied on links.payment_id = applied.payment_id
left join sources_with_links on payments.source_name = sources_with_links.source_name
-- A payment without an invoice is in no paid invoice either, so its refund takes nothing off.
where
    links.invoice_id is not null
    or sources_with_links.source_name is null
