-- Grain: one row per customer, currency, plan, product and month, while the balance or a movement
-- is not 0. What is scheduled is committed on the plan that the item has now.
with movements as (
    select * from {{ ref('int_mrr__product_movements') }}
),

running as (
    select
        movements.*,
        cast(sum(movements.delta_native) over history as {{ type_money() }}) as closing_native,
        cast(sum(movements.committed_delta_native) over history as {{ type_money() }})
            as committed_native,
        lead(movements.month_index) over (
            partition by movements.customer_number, movements.currency, movements.plan_number
            order by movements.month_index
        ) as next_month_index
    from movements
    window history as (
        partition by movements.customer_number, movements.currency, movements.plan_number
        order by movements.month_index
        rows between unbounded preceding and current row
    )
),

scheduled as (
    select
        customers.customer_number,
        items.currency,
        plans.plan_number,
        cast(sum(items.committed_mrr_difference) as {{ type_money() }}) as scheduled_native
    from {{ ref('int_mrr__scheduled_items') }} as items
    inner join {{ ref('int_mrr__customer_numbers') }} as customers
        on items.customer_id = customers.customer_id
    inner join {{ ref('int_mrr__plan_numbers') }} as plans
        on
            coalesce(items.plan_name, 'unknown') = plans.plan_name
            and coalesce(items.product_id, 'unknown') = plans.product_id
    group by
        customers.customer_number,
        items.currency,
        plans.plan_number
),

stretched as (
    select
        running.*,
        month_index as event_month_index,
        {{ expand_integers(
            'month_index',
            'case when closing_native > 0 then coalesce(next_month_index - 1, ' ~ month_index(as_of_date())
            ~ ') else month_index end'
        ) }} as stretched_month_index
    from running
)

select
    stretched.customer_number,
    stretched.currency,
    stretched.plan_number,
    cast(stretched.stretched_month_index as integer) as month_index,
    stretched.stretched_month_index = stretched.event_month_index as is_event_month,
    cast(
        stretched.closing_native
        - case
            when
                stretched.stretched_month_index = stretched.event_month_index
                then stretched.delta_native
            else 0
        end
        as {{ type_money() }}
    ) as opening_native,
    stretched.closing_native,
    cast(stretched.committed_native + coalesce(scheduled.scheduled_native, 0) as {{ type_money() }})
        as committed_native,
    stretched.new_mrr,
    stretched.expansion_mrr,
    stretched.contraction_mrr,
    stretched.churned_mrr,
    stretched.reactivation_mrr,
    stretched.times_new,
    stretched.times_churned,
    stretched.times_reactivated
from stretched
left join scheduled
    on
        stretched.customer_number = scheduled.customer_number
        and stretched.currency = scheduled.currency
        and stretched.plan_number = scheduled.plan_number
        and stretched.stretched_month_index = {{ month_index(as_of_date()) }}
