-- Grain: one row per customer and month that breaks the rule: its usage MRR is not the mean of what
-- its booked invoices bill for use in the month and the two before it, over those with some. Only
-- invoices in the reporting currency are asked for, because no rate lies between.
with invoices as (
    select * from {{ ref('int_finance__booked_invoices') }}
    where status <> 'void'
),

used as (
    select
        invoices.customer_id,
        {{ month_index(local_date('coalesce(lines.service_start_at, invoices.booked_at)')) }}
            as month_index,
        lines.currency,
        lines.amount_ex_tax
    from {{ ref('int_terms__invoice_lines') }} as lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
    where lines.kind in ('usage', 'true_up', 'granted_credit')
),

customers as (
    select customer_id
    from used
    group by customer_id
    having min(currency) = {{ reporting_currency() }} and max(currency) = {{ reporting_currency() }}
),

months as (
    select
        used.customer_id,
        used.month_index,
        sum(used.amount_ex_tax) as amount
    from used
    where used.month_index < {{ month_index(as_of_date()) }}
    group by
        used.customer_id,
        used.month_index
),

compared as (
    select
        usage_mrr.customer_id,
        usage_mrr.month_index,
        usage_mrr.usage_mrr,
        count(months.month_index) as months_billed,
        greatest(sum(coalesce(months.amount, 0)), 0) as billed
    from {{ ref('int_movements__usage_mrr') }} as usage_mrr
    inner join customers on usage_mrr.customer_id = customers.customer_id
    left join months
        on
            usage_mrr.customer_id = months.customer_id
            and usage_mrr.month_index >= months.month_index
            and usage_mrr.month_index <= months.month_index + 2
    group by
        usage_mrr.customer_id,
        usage_mrr.month_index,
        usage_mrr.usage_mrr
)

select
    customer_id || ', ' || {{ told(month_from_index('month_index')) }}
    || ': usage MRR is ' || {{ told('usage_mrr') }} || ', and invoices bill '
    || {{ told('billed') }} || ' for use in ' || {{ told('months_billed') }}
    || ' of these three months' as message,
    customer_id,
    {{ month_from_index('month_index') }} as period_month,
    usage_mrr,
    billed
from compared
-- A mean is rounded to its fourth decimal; where nothing is billed there is none.
where abs(usage_mrr * greatest(months_billed, 1) - billed) > 0.0002
