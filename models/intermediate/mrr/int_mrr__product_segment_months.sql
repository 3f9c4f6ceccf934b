-- Grain: one row per month and plan, or product: the segments that belong to the item, not the customer.
with balances as (
    select * from {{ ref('int_mrr__product_balances') }}
),

rates as (
    select * from {{ ref('int_mrr__fx_months') }}
),

valued as (
    select
        balances.*,
        {{ balance_in_reporting_currency(
            '(balances.closing_native - case when balances.is_event_month then balances.delta_native else 0 end)',
            'balances.currency',
            'opening_rates.rate'
        ) }} as opening_mrr,
        {{ balance_in_reporting_currency('balances.closing_native', 'balances.currency', 'closing_rates.rate') }}
            as closing_mrr,
        {{ balance_in_reporting_currency('balances.committed_native', 'balances.currency', 'closing_rates.rate') }}
            as committed_mrr
    from balances
    left join rates as opening_rates
        on
            balances.currency = opening_rates.currency
            and balances.month_index - 1 = opening_rates.month_index
    left join rates as closing_rates
        on
            balances.currency = closing_rates.currency
            and balances.month_index = closing_rates.month_index
)

select
    month_index,
    case when grouping(plan_name) = 0 then 'plan' else 'product' end as segment_type,
    coalesce(plan_name, product_id) as segment_value,
    cast(sum(opening_mrr) as {{ type_money() }}) as opening_mrr,
    {{ sum_in_event_month('new_mrr') }},
    {{ sum_in_event_month('expansion_mrr') }},
    {{ sum_in_event_month('contraction_mrr') }},
    {{ sum_in_event_month('churned_mrr') }},
    {{ sum_in_event_month('reactivation_mrr') }},
    cast(sum(closing_mrr) as {{ type_money() }}) as closing_mrr,
    cast(sum(committed_mrr) as {{ type_money() }}) as committed_mrr,
    cast(count(distinct case when opening_mrr > 0 then customer_id end) as bigint) as opening_customers,
    cast(sum(case when is_event_month then times_new else 0 end) as bigint) as new_customers,
    cast(sum(case when is_event_month then times_churned else 0 end) as bigint) as churned_customers,
    cast(sum(case when is_event_month then times_reactivated else 0 end) as bigint) as reactivated_customers,
    cast(count(distinct case when closing_mrr > 0 then customer_id end) as bigint) as closing_customers
from valued
group by grouping sets (
    (month_index, plan_name),
    (month_index, product_id)
)
