-- Grain: one row per subscription with a running metered item of which no usage came for 35 days,
-- or for the billing period where that is longer: some sources tell usage with the invoice only.
with versions as (
    select * from {{ ref('int_terms__item_versions') }}
    where
        usage_type = 'metered'
        and start_at <= {{ as_of() }}
),

running as (
    select * from versions
    where
        status in ('active', 'past_due')
        and (end_at is null or end_at > {{ as_of() }})
),

breaks as (
    select
        subscription_id,
        item_id,
        max(end_at) as broken_until
    from versions
    where status not in ('active', 'past_due')
    group by
        subscription_id,
        item_id
),

unbroken as (
    select
        versions.subscription_id,
        versions.item_id,
        min(versions.start_at) as running_since
    from versions
    left join breaks
        on
            versions.subscription_id = breaks.subscription_id
            and versions.item_id = breaks.item_id
    where breaks.broken_until is null or versions.start_at >= breaks.broken_until
    group by
        versions.subscription_id,
        versions.item_id
),

-- A source that delivers no usage can't say that some is missing.
measuring_sources as (
    select distinct source_name
    from {{ ref('stg_usage_records') }}
),

usage as (
    select
        subscription_id,
        max(used_at) as last_used_at
    from {{ ref('stg_usage_records') }}
    where used_at <= {{ as_of() }}
    group by subscription_id
),

usage_months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
    where period_month = {{ add_months(as_of_month(), -1) }}
),

silent as (
    select
        running.customer_id,
        running.subscription_id,
        running.interval_unit,
        running.interval_count,
        case
            when usage.last_used_at > unbroken.running_since then usage.last_used_at
            else unbroken.running_since
        end as silent_since
    from running
    inner join unbroken
        on
            running.subscription_id = unbroken.subscription_id
            and running.item_id = unbroken.item_id
    inner join measuring_sources
        on running.source_name = measuring_sources.source_name
    left join usage
        on running.subscription_id = usage.subscription_id
),

overdue as (
    select
        subscription_id,
        min(customer_id) as customer_id,
        min(silent_since) as silent_since
    from silent
    where
        {{ add_days_to_instant('silent_since', 35) }} < {{ as_of() }}
        and (
            interval_unit is null
            or {{ add_days_to_instant(
                add_period('silent_since', 'interval_unit', 'interval_count'), 5
            ) }} < {{ as_of() }}
        )
    group by subscription_id
)

select
    'metered_without_usage' as finding_type,
    overdue.customer_id,
    overdue.subscription_id,
    cast(null as {{ dbt.type_string() }}) as invoice_id,
    cast(coalesce(usage_months.usage_mrr, 0) as {{ type_money() }}) as expected,
    cast(0 as {{ type_money() }}) as actual,
    cast(coalesce(usage_months.usage_mrr, 0) as {{ type_money() }}) as amount_at_risk,
    {{ local_date('overdue.silent_since') }} as since
from overdue
left join usage_months
    on overdue.customer_id = usage_months.customer_id
