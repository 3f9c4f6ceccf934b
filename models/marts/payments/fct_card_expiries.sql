-- Grain: one row per customer with MRR whose last successful payment was by a card of known expiry.
-- DECISIONS.md#cards-about-to-expire
with used_methods as (
    select * from {{ ref('int_payments__used_methods') }}
),

next_invoices as (
    select * from {{ ref('int_payments__next_invoices') }}
),

balances as (
    select
        customer_id,
        closing_mrr as mrr
    from {{ ref('fct_customer_mrr_monthly') }}
    where
        is_partial
        and closing_mrr > 0
),

cards as (
    select * from used_methods
    where
        is_in_use
        and method = 'card'
        and card_expires_month is not null
),

-- Who paid by debit or by a card that lasts longer within a year can be asked to do so again.
other_methods as (
    select distinct cards.customer_id
    from cards
    inner join used_methods
        on
            cards.customer_id = used_methods.customer_id
            and cards.method_key <> used_methods.method_key
    where
        used_methods.last_paid_on > {{ add_days(as_of_date(), -365) }}
        and (
            used_methods.method <> 'card'
            or used_methods.card_expires_month > cards.card_expires_month
        )
)

select
    ---------- ids
    cards.customer_id,
    cards.payment_method_id,
    ---------- the card
    cards.card_expires_month,
    cast({{ months_between(as_of_date(), 'cards.card_expires_month') }} as bigint)
        as months_until_expiry,
    cards.last_paid_on,
    other_methods.customer_id is not null as has_other_method,
    ---------- what hangs on it
    next_invoices.next_invoice_on,
    cards.card_expires_month < {{ month_start('next_invoices.next_invoice_on') }}
        as expires_before_next_invoice,
    balances.mrr,
    cast(
        case when other_methods.customer_id is null then balances.mrr else 0 end
        as {{ type_money() }}
    ) as mrr_at_risk,
    ---------- lineage of the last payment
    cards.source_file,
    cards.source_line
from cards
inner join balances
    on cards.customer_id = balances.customer_id
left join next_invoices
    on cards.customer_id = next_invoices.customer_id
left join other_methods
    on cards.customer_id = other_methods.customer_id
