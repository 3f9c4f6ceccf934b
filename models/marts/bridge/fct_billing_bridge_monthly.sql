-- Grain: one row per month and customer with MRR, an invoice or revenue in it.
-- DECISIONS.md#from-mrr-to-invoices
with contracted as (
    select
        customer_id,
        {{ month_index('period_month') }} as month_index,
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
    select
        customer_id,
        month_index,
        'contracted_mrr' as step,
        amount,
        false as is_billing
    from contracted

    union all

    select
        customer_id,
        month_index,
        step,
        amount,
        true as is_billing
    from billing

    union all

    select
        customer_id,
        month_index,
        case when step = 'invoiced' then 'invoiced_at_own_rates' else step end as step,
        amount,
        false as is_billing
    from revenue

    union all

    select
        customer_id,
        month_index,
        'tax' as step,
        amount,
        false as is_billing
    from taxes
),

sums as (
    select
        customer_id,
        month_index,
        {{ money_sum('case when is_billing then amount else 0 end') }} as invoiced,
        {% for step in ['contracted_mrr'] + billing_steps() + ['tax'] %}
            {{ step_sum(step) }} as {{ step }},
        {% endfor %}
        -- The same invoices at the rates of their days, less them at the rate of the month's end.
        {{ money_sum(
            "case when step = 'invoiced_at_own_rates' then amount "
            ~ "when is_billing then -amount else 0 end"
        ) }} as fx_rate,
        {% for step in revenue_steps() if step != 'fx_rate' %}
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
