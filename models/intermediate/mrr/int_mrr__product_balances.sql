-- Grain: one row per customer, currency, plan, product and month, while the balance is not 0 or has
-- just moved. What is scheduled is committed on the plan that the item has now.
with days as (
    select
        customer_number,
        currency,
        plan_number,
        {{ summed_month('month_index', is_touched_customer_number()) }} as month_index,
        delta_native,
        committed_delta_native
    from {{ ref('int_mrr__product_movements') }}
),

movements as (
    select
        customer_number,
        currency,
        plan_number,
        month_index,
        cast(sum(delta_native) as {{ type_money() }}) as delta_native,
        cast(sum(committed_delta_native) as {{ type_money() }}) as committed_delta_native
    from days
    group by
        customer_number,
        currency,
        plan_number,
        month_index
),

customers as (
    select * from {{ ref('int_mrr__customer_numbers') }}
),

plans as (
    select * from {{ ref('int_mrr__plan_numbers') }}
),

scheduled as (
    select
        customers.customer_number,
        items.currency,
        plans.plan_number,
        cast(sum(items.committed_mrr_difference) as {{ type_money() }}) as scheduled_native
    from {{ ref('int_mrr__scheduled_items') }} as items
    inner join customers on items.customer_id = customers.customer_id
    inner join plans
        on
            coalesce(items.plan_name, 'unknown') = plans.plan_name
            and coalesce(items.product_id, 'unknown') = plans.product_id
    group by
        customers.customer_number,
        items.currency,
        plans.plan_number
),

{{ stretched_balances(
    'movements',
    'scheduled',
    ['customer_number', 'currency', 'plan_number'],
    first_recomputed('month_index', is_touched_customer_number())
) }}

select
    customer_number,
    currency,
    plan_number,
    month_index,
    closing_native,
    committed_native
from balances
