{{ config(materialized='table') }}

-- Grain: one row per customer and month at whose end it has MRR: the plan that most of it is for.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

last_rows_of_months as (
    select
        ledger.customer_id,
        ledger.subscription_id,
        ledger.item_id,
        ledger.plan_name,
        ledger.product_id,
        ledger.mrr_after_native,
        {{ month_index('ledger.effective_date') }} as month_index,
        row_number() over (
            partition by
                ledger.subscription_id, ledger.item_id, {{ month_index('ledger.effective_date') }}
            order by ledger.effective_at desc, ledger.ledger_id desc
        ) as recency
    from ledger
),

holdings as (
    select
        *,
        coalesce(
            lead(month_index) over (partition by subscription_id, item_id order by month_index) - 1,
            {{ month_index(as_of_month()) }}
        ) as last_month_index
    from last_rows_of_months
    where recency = 1
),

item_months as (
    select
        customer_id,
        coalesce(plan_name, 'unknown') as plan_name,
        coalesce(product_id, 'unknown') as product_id,
        mrr_after_native,
        {{ expand_integers('month_index', 'last_month_index') }} as month_index
    from holdings
    where mrr_after_native > 0
),

plan_totals as (
    select
        customer_id,
        month_index,
        plan_name,
        product_id,
        sum(mrr_after_native) as mrr
    from item_months
    group by
        customer_id,
        month_index,
        plan_name,
        product_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, month_index
            order by mrr desc, plan_name asc, product_id asc
        ) as plan_rank
    from plan_totals
)

select
    customer_id,
    {{ month_from_index('month_index') }} as period_month,
    plan_name,
    product_id
from ranked
where plan_rank = 1
