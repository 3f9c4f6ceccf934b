-- Grain: one row per month that breaks the rule: its customers do not add up to its deferred and
-- unbilled revenue and the usage that waits for an invoice, or what is due within 12 months is less
-- than deferred revenue alone has.
with obligations as (
    select
        period_month,
        sum(billed_not_recognised) as billed_not_recognised,
        sum(contracted_not_billed) as contracted_not_billed,
        sum(total) as total,
        sum(within_12_months) as within_12_months,
        sum(recognised_not_billed) as recognised_not_billed,
        sum(usage_not_invoiced_quantity) as usage_not_invoiced_quantity
    from {{ ref('fct_remaining_obligations') }}
    group by period_month
),

balances as (
    select * from {{ ref('fct_deferred_revenue_monthly') }}
    where currency = 'all'
),

compared as (
    select
        coalesce(balances.period_month, obligations.period_month) as period_month,
        coalesce(balances.closing, 0) as closing,
        coalesce(balances.due_within_12_months, 0) as due_within_12_months,
        coalesce(balances.unbilled_closing, 0) as unbilled_closing,
        coalesce(balances.usage_not_invoiced_quantity, 0) as usage_waiting,
        coalesce(obligations.billed_not_recognised, 0) as billed_not_recognised,
        coalesce(obligations.contracted_not_billed, 0) as contracted_not_billed,
        coalesce(obligations.total, 0) as total,
        coalesce(obligations.within_12_months, 0) as within_12_months,
        coalesce(obligations.recognised_not_billed, 0) as recognised_not_billed,
        coalesce(obligations.usage_not_invoiced_quantity, 0) as usage_not_invoiced_quantity
    from balances
    full outer join obligations on balances.period_month = obligations.period_month
)

select
    {{ told('period_month') }}
    || ': customers have ' || {{ told('billed_not_recognised') }}
    || ' billed and not recognised, deferred revenue is ' || {{ told('closing') }}
    || '; ' || {{ told('recognised_not_billed') }}
    || ' recognised and not billed, unbilled revenue is ' || {{ told('unbilled_closing') }}
    || '; ' || {{ told('usage_not_invoiced_quantity') }} || ' of ' || {{ told('usage_waiting') }}
    || ' units wait for an invoice; ' || {{ told('within_12_months') }} || ' of '
    || {{ told('total') }} || ' are due within 12 months, ' || {{ told('due_within_12_months') }}
    || ' of deferred revenue' as message,
    period_month,
    billed_not_recognised,
    closing
from compared
where
    billed_not_recognised <> closing
    or recognised_not_billed <> unbilled_closing
    or usage_not_invoiced_quantity <> usage_waiting
    or billed_not_recognised + contracted_not_billed <> total
    or within_12_months < due_within_12_months
    or within_12_months > due_within_12_months + contracted_not_billed
