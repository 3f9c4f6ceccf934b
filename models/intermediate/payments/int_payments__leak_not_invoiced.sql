-- Grain: one row per subscription that has MRR and lacks an invoice for these days, with what the
-- missing invoices come to: each period that should have been invoiced counts once.
-- DECISIONS.md#active_not_invoiced
with items as (
    select * from {{ ref('int_payments__billable_items') }}
),

coverage as (
    select * from {{ ref('int_payments__coverage') }}
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
    where rate_day = {{ as_of_date() }}
),

invoiced as (
    select distinct
        source_name,
        subscription_id
    from {{ ref('int_payments__recurring_lines') }}
),

-- A source that delivers no invoices can't say that one is missing. Where it invoices afterwards,
-- it does so with who was never invoiced too.
invoicing_sources as (
    select
        invoiced.source_name,
        avg(case when coverage.is_in_arrears then 1.0 else 0.0 end) > 0.5 as is_in_arrears
    from invoiced
    left join coverage on invoiced.subscription_id = coverage.subscription_id
    group by invoiced.source_name
),

uncovered as (
    select
        items.*,
        case
            when coverage.covered_until > items.billable_since then coverage.covered_until
            else items.billable_since
        end as uncovered_since,
        coalesce(coverage.is_in_arrears, invoicing_sources.is_in_arrears) as is_in_arrears
    from items
    inner join invoicing_sources
        on items.source_name = invoicing_sources.source_name
    left join coverage
        on items.subscription_id = coverage.subscription_id
),

-- The periods that have begun; where invoices come afterwards, those that are over.
counted as (
    select
        uncovered.*,
        {{ periods_begun('uncovered_since', as_of(), 'interval_unit', 'interval_count') }}
        - case when is_in_arrears then 1 else 0 end as missing_invoices,
        case
            when is_in_arrears
                then {{ add_period('uncovered_since', 'interval_unit', 'interval_count') }}
            else uncovered_since
        end as due_at
    from uncovered
),

-- Invoices may come some days after they are due.
missing as (
    select
        counted.*,
        cast(
            {{ per_invoice('counted.mrr', 'counted.interval_unit', 'counted.interval_count') }}
            * counted.missing_invoices
            as {{ type_money() }}
        ) as missing_amount
    from counted
    where {{ add_days_to_instant('due_at', 14) }} < {{ as_of() }}
)

select
    'active_not_invoiced' as finding_type,
    min(missing.customer_id) as customer_id,
    missing.subscription_id,
    cast(null as {{ dbt.type_string() }}) as invoice_id,
    {{ money_sum(
        balance_in_reporting_currency('missing.missing_amount', 'missing.currency', 'rates.rate')
    ) }} as expected,
    cast(0 as {{ type_money() }}) as actual,
    {{ money_sum(
        balance_in_reporting_currency('missing.missing_amount', 'missing.currency', 'rates.rate')
    ) }} as amount_at_risk,
    min({{ local_date('missing.uncovered_since') }}) as since
from missing
left join rates
    on missing.currency = rates.currency
group by missing.subscription_id
