-- Grain: one row per customer, currency, plan, product and month, while the balance or a movement is not 0.
with movements as (
    select * from {{ ref('int_mrr__product_movements') }}
),

running as (
    select
        movements.*,
        cast(sum(movements.delta_native) over history as {{ type_money() }}) as closing_native,
        cast(sum(movements.committed_delta_native) over history as {{ type_money() }}) as committed_native,
        lead(movements.month_index) over (
            partition by movements.customer_id, movements.currency, movements.plan_name, movements.product_id
            order by movements.month_index
        ) as next_month_index
    from movements
    window history as (
        partition by movements.customer_id, movements.currency, movements.plan_name, movements.product_id
        order by movements.month_index
        rows between unbounded preceding and current row
    )
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
    customer_id,
    currency,
    plan_name,
    product_id,
    cast(stretched_month_index as integer) as month_index,
    stretched_month_index = event_month_index as is_event_month,
    delta_native,
    closing_native,
    committed_native,
    new_mrr,
    expansion_mrr,
    contraction_mrr,
    churned_mrr,
    reactivation_mrr,
    times_new,
    times_churned,
    times_reactivated
from stretched
