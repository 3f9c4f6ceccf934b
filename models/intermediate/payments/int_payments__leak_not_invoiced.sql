-- Grain: one row per subscription that has MRR and no invoice for these days.
with states as (
    select * from {{ ref('int_mrr__item_states') }}
    where
        mrr > 0
        and start_at <= {{ as_of() }}
        and (end_at is null or end_at > {{ as_of() }})
),

lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
),

rates as (
    select * from {{ ref('int_mrr__fx_days') }}
    where rate_day = {{ as_of_date() }}
),

-- A source that delivers no invoices can't say that one is missing.
invoicing_sources as (
    select distinct source_name
    from lines
),

running as (
    select
        states.subscription_id,
        states.source_name,
        min(states.customer_id) as customer_id,
        min(states.start_at) as running_since,
        {{ money_sum(
            balance_in_reporting_currency('states.mrr', 'states.currency', 'rates.rate')
        ) }}
            as mrr
    from states
    inner join invoicing_sources
        on states.source_name = invoicing_sources.source_name
    left join rates
        on states.currency = rates.currency
    group by
        states.subscription_id,
        states.source_name
),

coverage as (
    select
        subscription_id,
        max(service_end_at) as covered_until
    from lines
    group by subscription_id
),

uncovered as (
    select
        running.*,
        coalesce(coverage.covered_until, running.running_since) as uncovered_since
    from running
    left join coverage
        on running.subscription_id = coverage.subscription_id
)

-- Invoices may come some days after the period that they are for has begun.
select
    'active_not_invoiced' as finding_type,
    customer_id,
    subscription_id,
    cast(null as {{ dbt.type_string() }}) as invoice_id,
    mrr as expected,
    cast(0 as {{ type_money() }}) as actual,
    cast(
        mrr * (1 + {{ months_between(local_date('uncovered_since'), as_of_date()) }})
        as {{ type_money() }}
    ) as amount_at_risk,
    {{ local_date('uncovered_since') }} as since
from uncovered
where {{ add_days_to_instant('uncovered_since', 14) }} < {{ as_of() }}
