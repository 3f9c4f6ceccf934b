-- Grain: one row per month and customer, or month for all of them, that breaks the rule: the steps
-- from MRR do not lead to what is invoiced or those from there not to revenue, or all customers
-- together have not the month's revenue.
with bridge as (
    select
        *,
        contracted_mrr + {{ billing_steps() | join(' + ') }} + unexplained as reached_invoiced,
        invoiced + {{ revenue_steps() | join(' + ') }} as reached_revenue
    from {{ ref('fct_billing_bridge_monthly') }}
),

sums as (
    select
        period_month,
        sum(net_revenue) as net_revenue
    from bridge
    group by period_month
),

months as (
    select
        period_month,
        net_revenue
    from {{ ref('fct_revenue_monthly') }}
    where segment_type = 'all'
)

select
    {{ told('period_month') }} || ', ' || customer_id
    || ': the steps lead to ' || {{ told('reached_invoiced') }}
    || ' of the invoiced ' || {{ told('invoiced') }}
    || ' and to ' || {{ told('reached_revenue') }}
    || ' of the revenue ' || {{ told('net_revenue') }} as message,
    period_month,
    customer_id
from bridge
where
    reached_invoiced <> invoiced
    or reached_revenue <> net_revenue

union all

select
    {{ told('months.period_month') }}
    || ': the customers have ' || {{ told('sums.net_revenue') }}
    || ', the month has ' || {{ told('months.net_revenue') }} as message,
    months.period_month,
    'all' as customer_id
from months
left join sums on months.period_month = sums.period_month
where sums.net_revenue is distinct from months.net_revenue
