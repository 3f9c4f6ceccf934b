-- Grain: one row per customer and month with usage MRR: the mean of the invoiced usage of this
-- month and the two before it, over those of the three that were invoiced.
-- DECISIONS.md#finalised-usage
-- DECISIONS.md#usage_mrr
-- DECISIONS.md#commitments
with lines as (
    select * from {{ ref('int_terms__invoice_lines') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

usage_lines as (
    select
        coalesce(customer_merges.survivor_customer_id, invoices.customer_id) as customer_id,
        lines.currency,
        {{ local_date('coalesce(lines.service_start_at, invoices.issued_at)') }} as used_on,
        lines.amount_ex_tax
    from lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
    left join customer_merges on invoices.customer_id = customer_merges.merged_customer_id
    where
        lines.kind in ('usage', 'true_up', 'granted_credit')
        and invoices.status in ('open', 'paid', 'uncollectible')
),

valued as (
    select
        usage_lines.customer_id,
        {{ month_index('usage_lines.used_on') }} as month_index,
        {{ balance_in_reporting_currency(
            'usage_lines.amount_ex_tax', 'usage_lines.currency', 'rates.rate'
        ) }}
            as amount
    from usage_lines
    left join {{ ref('int_fx__day_rates') }} as rates
        on
            usage_lines.currency = rates.currency
            and usage_lines.used_on = rates.rate_day
    where {{ month_index('usage_lines.used_on') }} < {{ month_index(as_of_date()) }}
),

invoiced as (
    select
        customer_id,
        month_index,
        cast(sum(amount) as {{ type_money() }}) as amount
    from valued
    group by
        customer_id,
        month_index
),

reached as (
    select
        customer_id,
        amount,
        {{ expand_integers('month_index', 'month_index + 2') }} as month_index
    from invoiced
),

totals as (
    select
        customer_id,
        cast(month_index as integer) as month_index,
        cast(greatest(sum(amount), 0) as {{ type_exact() }}) as total_amount,
        count(*) as months_invoiced
    from reached
    group by
        customer_id,
        month_index
)

select
    customer_id,
    month_index,
    {{ divide_money('total_amount', 'months_invoiced') }} as usage_mrr
from totals
