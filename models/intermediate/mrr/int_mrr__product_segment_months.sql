-- Grain: one row per month and plan, or product: the segments that belong to the item, not the
-- customer.
-- A customer's balance is rounded plan after plan, each time with those before it, so that the
-- parts add up to the customer's own balance to the last digit.
with balances as (
    select * from {{ ref('int_mrr__product_balances') }}
),

rates as (
    select * from {{ ref('int_mrr__fx_months') }}
),

plans as (
    select * from {{ ref('int_mrr__plan_numbers') }}
),

levels as (
    select
        balances.*,
        cast(sum(balances.opening_native) over parts as {{ type_money() }}) as opening_level,
        cast(sum(balances.closing_native) over parts as {{ type_money() }}) as closing_level,
        cast(sum(balances.committed_native) over parts as {{ type_money() }}) as committed_level
    from balances
    where balances.currency <> {{ reporting_currency() }}
    window parts as (
        partition by balances.customer_number, balances.currency, balances.month_index
        order by balances.plan_number
        rows between unbounded preceding and current row
    )
),

valued as (
    select
        customer_number,
        plan_number,
        month_index,
        opening_native as opening_mrr,
        {{ event_month_movements() }},
        closing_native as closing_mrr,
        committed_native as committed_mrr
    from balances
    where currency = {{ reporting_currency() }}

    union all

    select
        levels.customer_number,
        levels.plan_number,
        levels.month_index,
        {{ converted_part('levels.opening_level', 'levels.opening_native', 'opening_rates.rate') }}
            as opening_mrr,
        {{ event_month_movements('levels.') }},
        {{ converted_part('levels.closing_level', 'levels.closing_native', 'closing_rates.rate') }}
            as closing_mrr,
        {{ converted_part(
            'levels.committed_level', 'levels.committed_native', 'closing_rates.rate'
        ) }}
            as committed_mrr
    from levels
    left join rates as opening_rates
        on
            levels.currency = opening_rates.currency
            and levels.month_index - 1 = opening_rates.month_index
    left join rates as closing_rates
        on
            levels.currency = closing_rates.currency
            and levels.month_index = closing_rates.month_index
),

-- A customer with two items of one plan, or two currencies, is one customer of it.
of_customers as (
    select
        valued.month_index,
        valued.customer_number,
        case when grouping(plans.plan_name) = 0 then 'plan' else 'product' end as segment_type,
        coalesce(plans.plan_name, plans.product_id) as segment_value,
        {{ part_sums() }},
        max(valued.times_new) as times_new,
        max(valued.times_churned) as times_churned,
        max(valued.times_reactivated) as times_reactivated
    from valued
    inner join plans on valued.plan_number = plans.plan_number
    group by grouping sets (
        (valued.month_index, valued.customer_number, plans.plan_name),
        (valued.month_index, valued.customer_number, plans.product_id)
    )
)

select
    month_index,
    segment_type,
    segment_value,
    {{ part_sums() }},
    cast(sum(case when opening_mrr > 0 then 1 else 0 end) as bigint) as opening_customers,
    cast(sum(times_new) as bigint) as new_customers,
    cast(sum(times_churned) as bigint) as churned_customers,
    cast(sum(times_reactivated) as bigint) as reactivated_customers,
    cast(sum(case when closing_mrr > 0 then 1 else 0 end) as bigint) as closing_customers
from of_customers
group by
    month_index,
    segment_type,
    segment_value
