-- Grain: one row per month and customer that breaks the rule: MRR and the steps of the bridge do
-- not come to what is invoiced, although the month began after the source first showed its terms.
-- Of a month only where all of that is more than the tolerance of what it invoices: a single
-- invoice that is billed otherwise is a finding of the leakage.
-- DECISIONS.md#from-mrr-to-invoices
with bridge as (
    select * from {{ ref('fct_billing_bridge_monthly') }}
),

months as (
    select
        period_month,
        {{ money_sum('abs(unexplained)') }} as unexplained,
        {{ money_sum('invoiced') }} as invoiced
    from bridge
    group by period_month
),

customers as (
    select
        customer_id,
        source_name
    from {{ ref('dim_customers') }}
),

first_tellings as (
    select
        source_name,
        min(told_at) as told_at
    from {{ ref('int_terms__tellings') }}
    group by source_name
)

select
    {{ told('bridge.period_month') }} || ', ' || bridge.customer_id
    || ': ' || {{ told('bridge.invoiced') }}
    || ' are invoiced, ' || {{ told('bridge.unexplained') }}
    || ' more than the terms of its subscriptions explain' as message,
    bridge.period_month,
    bridge.customer_id,
    bridge.unexplained
from bridge
inner join months on bridge.period_month = months.period_month
left join customers on bridge.customer_id = customers.customer_id
left join first_tellings on customers.source_name = first_tellings.source_name
where
    bridge.unexplained <> 0
    and months.unexplained > {{ policy('mrr_reconciliation_tolerance') }} * months.invoiced
    and (
        first_tellings.told_at is null
        or {{ local_midnight('bridge.period_month') }} >= first_tellings.told_at
    )
