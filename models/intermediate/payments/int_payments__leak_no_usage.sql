-- Grain: one row per subscription with a running metered item of which no usage came for 35 days.
with items as (
    select * from {{ ref('stg_subscription_items') }}
    where
        usage_type = 'metered'
        and valid_from <= {{ as_of() }}
        and (valid_to is null or valid_to > {{ as_of() }})
),

latest_items as (
    select
        items.*,
        row_number() over (
            partition by subscription_id, item_id
            order by valid_from desc, recorded_at desc, source_file desc, source_line desc
        ) as recency
    from items
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
    where not is_deleted
),

customer_merges as (
    select * from {{ ref('int_mrr__customer_merges') }}
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

running as (
    select
        latest_items.subscription_id,
        min(coalesce(latest_items.customer_id, subscriptions.customer_id)) as customer_id,
        min(latest_items.valid_from) as running_since
    from latest_items
    left join subscriptions
        on latest_items.subscription_id = subscriptions.subscription_id
    where
        latest_items.recency = 1
        and coalesce(latest_items.status, subscriptions.status) in ('active', 'past_due')
    group by latest_items.subscription_id
),

silent as (
    select
        running.subscription_id,
        coalesce(customer_merges.survivor_customer_id, running.customer_id) as customer_id,
        coalesce(usage.last_used_at, running.running_since) as silent_since
    from running
    left join usage
        on running.subscription_id = usage.subscription_id
    left join customer_merges
        on running.customer_id = customer_merges.merged_customer_id
)

select
    'metered_without_usage' as finding_type,
    silent.customer_id,
    silent.subscription_id,
    cast(null as {{ dbt.type_string() }}) as invoice_id,
    cast(coalesce(usage_months.usage_mrr, 0) as {{ type_money() }}) as expected,
    cast(0 as {{ type_money() }}) as actual,
    cast(coalesce(usage_months.usage_mrr, 0) as {{ type_money() }}) as amount_at_risk,
    {{ local_date('silent.silent_since') }} as since
from silent
left join usage_months
    on silent.customer_id = usage_months.customer_id
where {{ add_days_to_instant('silent.silent_since', 35) }} < {{ as_of() }}
