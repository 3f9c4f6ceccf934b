-- Grain: one row per paid invoice: what is left of it before tax, after credit notes and refunds.
-- A credit note and the refund that pays it out are one loss: the larger of both counts.
-- DECISIONS.md#lifetime_revenue
with invoices as (
    select
        invoice_id,
        customer_id,
        currency,
        {{ local_date('coalesce(paid_at, issued_at)') }} as paid_on,
        total - coalesce(tax_total, 0) as amount,
        total
    from {{ ref('stg_invoices') }}
    where status = 'paid'
),

credited as (
    select
        invoice_id,
        sum(amount_ex_tax) as amount
    from {{ ref('stg_credit_notes') }}
    where {{ is_credit_in_force() }}
    group by invoice_id
),

refunded as (
    select
        invoice_id,
        sum(amount) as amount
    from {{ ref('int_core__refunds') }}
    group by invoice_id
),

measured as (
    select
        invoices.*,
        coalesce(credited.amount, 0) as credited_amount,
        -- A refund is paid back with its tax.
        case
            when refunded.amount is null then 0
            when invoices.amount = invoices.total then refunded.amount
            else cast(
                refunded.amount * {{ ratio('invoices.amount', 'invoices.total') }}
                as {{ type_money() }}
            )
        end as refunded_amount
    from invoices
    left join credited on invoices.invoice_id = credited.invoice_id
    left join refunded on invoices.invoice_id = refunded.invoice_id
)

select
    invoice_id,
    customer_id,
    currency,
    paid_on,
    amount as paid_amount,
    cast(
        case
            when amount > 0
                then amount - least(amount, greatest(credited_amount, refunded_amount))
            else amount
        end as {{ type_money() }}
    ) as kept_amount
from measured
where paid_on <= {{ as_of_date() }}
