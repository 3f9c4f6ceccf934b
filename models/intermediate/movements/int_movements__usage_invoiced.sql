-- Grain: one row per customer and month with finalised usage, in the reporting currency.
-- DECISIONS.md#finalised-usage
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
        lines.kind = 'usage'
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
    where usage_lines.used_on <= {{ as_of_date() }}
)

select
    customer_id,
    month_index,
    cast(sum(amount) as {{ type_money() }}) as amount
from valued
group by
    customer_id,
    month_index
