-- Grain: one row per customer, currency, plan, product, billing interval and local day with a
-- change of MRR or quantity.
-- A move from one plan or interval to another leaves the old one and joins the new one.
-- Both CTEs read the ledger, because what is read twice the engine first keeps whole.
with ledger as (
    select
        *,
        {{ is_plan_or_interval_change() }} as is_moved
    from {{ ref('int_ledger__native_ledger') }}
    where {{ is_affected_row('int_ledger__native_ledger') }}
),

moves as (
    select * from {{ ref('int_ledger__native_ledger') }}
    where
        {{ is_plan_or_interval_change() }}
        and {{ is_affected_row('int_ledger__native_ledger') }}
),

customers as (
    select * from {{ ref('int_customers__customer_numbers') }}
),

plans as (
    select * from {{ ref('int_waterfall__plan_numbers') }}
),

sides as (
    select
        customer_id,
        currency,
        plan_name,
        product_id,
        billing_interval,
        effective_date,
        case when is_moved then mrr_after_native else mrr_delta_native end as delta_native,
        case when is_moved then committed_mrr_after_native else committed_mrr_delta_native end
            as committed_delta_native,
        case when is_moved then quantity_after else quantity_after - quantity_before end
            as quantity_delta
    from ledger

    union all

    select
        customer_id,
        currency,
        previous_plan_name as plan_name,
        previous_product_id as product_id,
        previous_billing_interval as billing_interval,
        effective_date,
        -mrr_before_native as delta_native,
        committed_mrr_delta_native - committed_mrr_after_native as committed_delta_native,
        -quantity_before as quantity_delta
    from moves
    where mrr_before_native > 0 or committed_mrr_after_native <> committed_mrr_delta_native
)

select
    customers.customer_number,
    sides.currency,
    plans.plan_number,
    sides.effective_date,
    cast(sum(sides.delta_native) as {{ type_money() }}) as delta_native,
    cast(sum(sides.committed_delta_native) as {{ type_money() }}) as committed_delta_native,
    cast(sum(sides.quantity_delta) as {{ type_quantity() }}) as quantity_delta
from sides
inner join customers on sides.customer_id = customers.customer_id
inner join plans
    on
        coalesce(sides.plan_name, 'unknown') = plans.plan_name
        and coalesce(sides.product_id, 'unknown') = plans.product_id
        and coalesce(sides.billing_interval, 'unknown') = plans.billing_interval
group by
    customers.customer_number,
    sides.currency,
    plans.plan_number,
    sides.effective_date
