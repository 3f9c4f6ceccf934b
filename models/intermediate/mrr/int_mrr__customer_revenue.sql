-- Grain: one row per customer with a paid invoice: what it paid before tax, at the rate of the day.
with invoices as (
    select * from {{ ref('stg_invoices') }}
),

customer_merges as (
    select * from {{ ref('int_mrr__customer_merges') }}
),

paid as (
    select
        coalesce(customer_merges.survivor_customer_id, invoices.customer_id) as customer_id,
        invoices.currency,
        {{ local_date('coalesce(invoices.paid_at, invoices.issued_at)') }} as paid_on,
        invoices.total - coalesce(invoices.tax_total, 0) as amount
    from invoices
    left join customer_merges on invoices.customer_id = customer_merges.merged_customer_id
    where invoices.status = 'paid'
)

select
    paid.customer_id,
    cast(
        sum({{ balance_in_reporting_currency('paid.amount', 'paid.currency', 'rates.rate') }})
        as {{ type_money() }}
    ) as lifetime_revenue
from paid
left join {{ ref('int_mrr__fx_days') }} as rates
    on
        paid.currency = rates.currency
        and paid.paid_on = rates.rate_day
where paid.paid_on <= {{ as_of_date() }}
group by paid.customer_id
