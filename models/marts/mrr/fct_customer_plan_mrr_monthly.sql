{{ config(materialized='kept', by='regrouped_customer', months='period_month') }}

-- Grain: one row per customer, plan, product, billing interval and month, while its MRR or a
-- movement is not 0.
-- DECISIONS.md#the-plan-of-a-customers-movement
with customers as (
    select
        numbers.customer_number,
        segments.*,
        coalesce(known.segment, 'unknown') as segment,
        {{ is_regrouped_customer('numbers.customer_id') }} as is_recomputed
    from {{ ref('int_customers__customer_numbers') }} as numbers
    inner join {{ ref('int_waterfall__customer_segments') }} as segments
        on numbers.customer_id = segments.customer_id
    inner join {{ ref('int_customers__customers') }} as known
        on numbers.customer_id = known.customer_id
),

plans as (
    select * from {{ ref('int_waterfall__plan_numbers') }}
),

shares as (
    select * from {{ ref('int_waterfall__plan_shares') }}
),

balances as (
    select
        months.customer_number,
        months.plan_number,
        months.month_index,
        {{ money_sum('months.closing_mrr') }} as closing_mrr,
        {{ money_sum('months.committed_mrr') }} as committed_mrr,
        cast(sum(months.quantity) as {{ type_quantity() }}) as quantity
    from {{ ref('int_waterfall__plan_months') }} as months
    inner join customers on months.customer_number = customers.customer_number
    where
        customers.is_recomputed
        -- The month before tells what the first one opens with.
        or months.month_index >= {{ recomputed_from_index() }} - 1
    group by
        months.customer_number,
        months.plan_number,
        months.month_index
),

joined as (
    select
        balances.*,
        coalesce(openings.closing_mrr, 0) as opening_mrr,
        coalesce(shares.new_mrr, 0) as new_mrr,
        coalesce(shares.expansion_mrr, 0) as expansion_mrr,
        coalesce(shares.contraction_mrr, 0) as contraction_mrr,
        coalesce(shares.churned_mrr, 0) as churned_mrr,
        coalesce(shares.reactivation_mrr, 0) as reactivation_mrr,
        coalesce(shares.plan_change_mrr, 0) as plan_change_mrr
    from balances
    left join balances as openings
        on
            balances.customer_number = openings.customer_number
            and balances.plan_number = openings.plan_number
            and balances.month_index = openings.month_index + 1
    left join shares
        on
            balances.customer_number = shares.customer_number
            and balances.plan_number = shares.plan_number
            and balances.month_index = shares.month_index
)

select
    {{ month_from_index('joined.month_index') }} as period_month,
    customers.customer_id,
    ---------- what it pays for
    plans.plan_name as plan,
    plans.product_id as product,
    plans.billing_interval,
    ---------- labels of the customer
    {% for segment_type in fixed_segment_types() -%}
        customers.{{ segment_type }},
    {% endfor -%}
    customers.segment,
    ---------- roll-forward
    cast(joined.opening_mrr as {{ type_money() }}) as opening_mrr,
    cast(joined.new_mrr as {{ type_money() }}) as new_mrr,
    cast(joined.expansion_mrr as {{ type_money() }}) as expansion_mrr,
    cast(joined.contraction_mrr as {{ type_money() }}) as contraction_mrr,
    cast(joined.churned_mrr as {{ type_money() }}) as churned_mrr,
    cast(joined.reactivation_mrr as {{ type_money() }}) as reactivation_mrr,
    cast(joined.plan_change_mrr as {{ type_money() }}) as plan_change_mrr,
    cast(
        joined.closing_mrr - joined.opening_mrr
        - joined.new_mrr - joined.expansion_mrr - joined.contraction_mrr
        - joined.churned_mrr - joined.reactivation_mrr - joined.plan_change_mrr
        as {{ type_money() }}
    ) as fx_mrr,
    joined.closing_mrr,
    joined.committed_mrr,
    joined.quantity,
    joined.month_index = {{ month_index(as_of_date()) }} as is_partial
from joined
inner join customers on joined.customer_number = customers.customer_number
inner join plans on joined.plan_number = plans.plan_number
where
    {{ is_recomputed('joined.month_index', 'customers.is_recomputed') }}
    and (
        joined.opening_mrr <> 0
        or joined.closing_mrr <> 0
        or joined.committed_mrr <> 0
        or joined.new_mrr <> 0
        or joined.expansion_mrr <> 0
        or joined.contraction_mrr <> 0
        or joined.churned_mrr <> 0
        or joined.reactivation_mrr <> 0
        or joined.plan_change_mrr <> 0
    )
