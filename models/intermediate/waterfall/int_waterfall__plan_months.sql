{{ config(
    materialized='kept', by='customer_number', months='month_index', summed_by='month_index'
) }}

-- Grain: one row per customer, currency, plan, product, billing interval and month, while the
-- balance is not 0 or has just moved, with the balance valued at the month's end.
-- A customer's balance is rounded plan after plan in the order of their names, each time with those
-- before it, so that the parts add up to the customer's own balance to the last digit.
with balances as (
    select * from {{ ref('int_waterfall__plan_balances') }}
),

rates as (
    select
        *,
        cast(rate as {{ type_double() }}) as rate_as_double
    from {{ ref('int_fx__month_rates') }}
),

plans as (
    select * from {{ ref('int_waterfall__plan_ranks') }}
),

levels as (
    select
        balances.*,
        cast(sum(balances.closing_native) over parts as {{ type_money() }}) as closing_level,
        cast(sum(balances.committed_native) over parts as {{ type_money() }}) as committed_level
    from balances
    inner join plans on balances.plan_number = plans.plan_number
    where balances.currency <> {{ reporting_currency() }}
    window parts as (
        partition by balances.customer_number, balances.currency, balances.month_index
        order by plans.plan_rank
        rows between unbounded preceding and current row
    )
),

valued as (
    select
        customer_number,
        currency,
        plan_number,
        month_index,
        closing_native as closing_mrr,
        committed_native as committed_mrr,
        quantity
    from balances
    where currency = {{ reporting_currency() }}

    union all

    select
        levels.customer_number,
        levels.currency,
        levels.plan_number,
        levels.month_index,
        {{ converted_part(
            'levels.closing_level', 'levels.closing_native', 'rates.rate', 'rates.rate_as_double'
        ) }}
            as closing_mrr,
        {{ converted_part(
            'levels.committed_level', 'levels.committed_native', 'rates.rate', 'rates.rate_as_double'
        ) }}
            as committed_mrr,
        levels.quantity
    from levels
    left join rates
        on
            levels.currency = rates.currency
            and levels.month_index = rates.month_index
),

held as (
    select distinct
        balances.customer_number,
        balances.currency,
        plans.plan_number,
        plans.name_rank,
        plans.product_rank
    from balances
    inner join plans on balances.plan_number = plans.plan_number
),

-- Who holds two products of one plan, two plans of one product or one plan in two currencies or
-- intervals is one customer of what they share. The others, who are most, need not be told apart
-- month by month.
sharing as (
    select customer_number
    from held
    group by
        customer_number,
        name_rank
    having count(*) > 1

    union

    select customer_number
    from held
    group by
        customer_number,
        product_rank
    having count(*) > 1
),

placed as (
    select
        valued.*,
        1 as place_in_plan,
        1 as place_in_product
    from valued
    left join sharing on valued.customer_number = sharing.customer_number
    where sharing.customer_number is null

    union all

    select
        valued.*,
        row_number() over (
            partition by valued.customer_number, valued.month_index, plans.name_rank
            order by
                case when valued.closing_mrr > 0 then 0 else 1 end,
                valued.plan_number,
                valued.currency
        ) as place_in_plan,
        row_number() over (
            partition by valued.customer_number, valued.month_index, plans.product_rank
            order by
                case when valued.closing_mrr > 0 then 0 else 1 end,
                valued.plan_number,
                valued.currency
        ) as place_in_product
    from valued
    inner join sharing on valued.customer_number = sharing.customer_number
    inner join plans on valued.plan_number = plans.plan_number
)

select
    customer_number,
    plan_number,
    month_index,
    closing_mrr,
    committed_mrr,
    quantity,
    case when closing_mrr > 0 and place_in_plan = 1 then 1 else 0 end as plan_customers,
    case when closing_mrr > 0 and place_in_product = 1 then 1 else 0 end as product_customers
from placed
