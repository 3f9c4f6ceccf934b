-- Grain: one row per customer.
-- DECISIONS.md#never_subscribed
-- DECISIONS.md#email_domain
with customers as (
    select * from {{ ref('int_customers__customers') }}
),

segments as (
    select * from {{ ref('int_waterfall__customer_segments') }}
),

accounts as (
    select * from {{ ref('int_identity__customer_accounts') }}
),

firsts as (
    select * from {{ ref('int_movements__first_movements') }}
),

last_movements as (
    select
        movements.*,
        row_number() over (
            partition by movements.customer_id order by movements.movement_date desc
        ) as recency
    from {{ ref('fct_mrr_movements') }} as movements
),

balances as (
    select
        customer_id,
        closing_mrr,
        committed_mrr
    from {{ ref('fct_customer_mrr_monthly') }}
    where is_partial
),

on_trial as (
    select distinct customer_id
    from {{ ref('int_states__item_states') }}
    where
        standing = 'trialing'
        and start_at <= {{ as_of() }}
        and (end_at is null or end_at > {{ as_of() }})
),

subscribers as (
    select customer_id from {{ ref('int_customers__customer_numbers') }}
),

revenue as (
    select * from {{ ref('int_core__customer_revenue') }}
),

delivered as (
    select * from {{ ref('stg_customers') }}
)

select
    ---------- ids
    customers.customer_id,
    customers.source_name,
    cast({{ customer_name('customers.name') }} as {{ dbt.type_string() }}) as name,
    customers.email_domain,
    ---------- labels
    customers.country,
    customers.currency,
    customers.segment,
    customers.sales_model,
    customers.acquisition_channel,
    segments.size_band,
    accounts.reseller_id,
    accounts.crm_account_id,
    ---------- life
    case
        when last_movements.movement_kind = 'pause' then 'paused'
        when last_movements.movement_type = 'churn' then 'churned'
        when last_movements.movement_type is not null then 'active'
        when on_trial.customer_id is not null then 'trial'
        -- A set-up, a training: bought, and nothing that recurs.
        when revenue.has_bought and subscribers.customer_id is null then 'never_subscribed'
        else 'never_paid'
    end as status,
    firsts.first_mrr_on,
    firsts.cohort_month,
    case when last_movements.movement_type = 'churn' then last_movements.movement_date end
        as churned_on,
    ---------- money
    coalesce(balances.closing_mrr, cast(0 as {{ type_money() }})) as mrr,
    coalesce(balances.committed_mrr, cast(0 as {{ type_money() }})) as committed_mrr,
    revenue.lifetime_revenue,
    ---------- lineage
    delivered.source_file,
    delivered.source_line
from customers
left join segments on customers.customer_id = segments.customer_id
left join accounts on customers.customer_id = accounts.customer_id
left join firsts on customers.customer_id = firsts.customer_id
left join last_movements
    on
        customers.customer_id = last_movements.customer_id
        and last_movements.recency = 1
left join balances on customers.customer_id = balances.customer_id
left join on_trial on customers.customer_id = on_trial.customer_id
left join subscribers on customers.customer_id = subscribers.customer_id
left join revenue on customers.customer_id = revenue.customer_id
left join delivered on customers.customer_id = delivered.customer_id
