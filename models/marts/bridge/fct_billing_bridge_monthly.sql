-- Grain: one row per month and customer with MRR, an invoice or revenue in it.
-- DECISIONS.md#from-mrr-to-invoices
with contracted as (
    select
        customer_id,
        {{ month_index('period_month') }} as month_index,
        'contracted' as step,
        closing_mrr as amount
    from {{ ref('fct_customer_mrr_monthly') }}
    where closing_mrr <> 0
),

billing as (
    select
        customer_id,
        month_index,
        step,
        amount
    from {{ ref('int_bridge__valued_steps') }}
),

revenue as (
    select * from {{ ref('int_bridge__revenue_steps') }}
),

taxes as (
    select
        customer_id,
        booking_month_index as month_index,
        {{ balance_in_reporting_currency('tax_total', 'currency', 'exchange_rate') }} as amount
    from {{ ref('int_finance__booked_invoices') }}
    where tax_total <> 0
),

steps as (
    select * from contracted

    union all

    select * from billing
    where step not in ('contracted', 'unexplained')

    union all

    select
        customer_id,
        month_index,
        'invoiced' as step,
        amount
    from billing

    union all

    -- The same invoices at their own rates, less them at the rate of the month's end.
    select
        customer_id,
        month_index,
        'fx_rate' as step,
        -amount as amount
    from billing

    union all

    select
        customer_id,
        month_index,
        case when step = 'invoiced' then 'fx_rate' else step end as step,
        amount
    from revenue

    union all

    select
        customer_id,
        month_index,
        'tax' as step,
        amount
    from taxes
),

sums as (
    select
        customer_id,
        month_index,
        {{ step_sum('contracted') }} as contracted_mrr,
        {% for step in billing_steps() + ['invoiced', 'tax'] + revenue_steps() %}
            {{ step_sum(step) }} as {{ step }},
        {% endfor %}
        {{ step_sum('revenue') }} as net_revenue
    from steps
    group by
        customer_id,
        month_index
)

select
    {{ month_from_index('month_index') }} as period_month,
    customer_id,
    contracted_mrr,
    ---------- to what is invoiced
    {% for step in billing_steps() %}
        {{ step }},
    {% endfor %}
    cast(
        invoiced - contracted_mrr - {{ billing_steps() | join(' - ') }} as {{ type_money() }}
    ) as unexplained,
    invoiced,
    tax,
    ---------- to revenue
    {% for step in revenue_steps() %}
        {{ step }},
    {% endfor %}
    net_revenue,
    month_index >= {{ month_index(as_of_date()) }} as is_partial
from sums
