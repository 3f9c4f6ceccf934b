-- Grain: one row per customer, currency, plan, product, billing interval and month, while the
-- balance is not 0 or has just moved. A scheduled change is committed on the plan that the item has
-- now.
-- A month's last movement says what it closes with, and so do the months until the next one.
with lasting as (
    select * from {{ ref('int_waterfall__plan_movements') }}
    where
        (next_month_index is null or next_month_index > month_index)
        and {{ lasts_into_recomputed('next_month_index', is_affected_customer_number()) }}
),

customers as (
    select * from {{ ref('int_customers__customer_numbers') }}
),

plans as (
    select * from {{ ref('int_waterfall__plan_numbers') }}
),

scheduled as (
    select
        customers.customer_number,
        items.currency,
        plans.plan_number,
        cast(sum(items.committed_mrr_difference) as {{ type_money() }}) as scheduled_native
    from {{ ref('int_ledger__scheduled_items') }} as items
    inner join customers on items.customer_id = customers.customer_id
    inner join plans
        on
            coalesce(items.plan_name, 'unknown') = plans.plan_name
            and coalesce(items.product_id, 'unknown') = plans.product_id
            and coalesce(items.billing_interval, 'unknown') = plans.billing_interval
    group by
        customers.customer_number,
        items.currency,
        plans.plan_number
),

stretched as (
    select
        customer_number,
        currency,
        plan_number,
        after_native,
        committed_after_native,
        quantity_after,
        {{ expand_integers(
            first_recomputed('month_index', is_affected_customer_number()),
            'case when after_native > 0 then coalesce(next_month_index - 1, '
            ~ month_index(as_of_date())
            ~ ') else month_index end'
        ) }} as stretched_month_index
    from lasting
)

select
    stretched.customer_number,
    stretched.currency,
    stretched.plan_number,
    cast(stretched.stretched_month_index as integer) as month_index,
    stretched.after_native as closing_native,
    cast(
        stretched.committed_after_native + coalesce(scheduled.scheduled_native, 0)
        as {{ type_money() }}
    ) as committed_native,
    stretched.quantity_after as quantity
from stretched
left join scheduled
    on
        stretched.customer_number = scheduled.customer_number
        and stretched.currency = scheduled.currency
        and stretched.plan_number = scheduled.plan_number
        and stretched.stretched_month_index = {{ month_index(as_of_date()) }}
