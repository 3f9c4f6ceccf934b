-- Grain: one row per month and plan, or product, with what its customers pay at the month's end.
-- A customer's balance is rounded plan after plan, each time with those before it, so that the
-- parts add up to the customer's own balance to the last digit.
with balances as (
    select * from {{ ref('int_mrr__product_balances') }}
),

rates as (
    select
        *,
        cast(rate as {{ type_double() }}) as rate_as_double
    from {{ ref('int_mrr__fx_months') }}
),

segments as (
    select * from {{ ref('int_mrr__plan_segments') }}
),

levels as (
    select
        balances.*,
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
        closing_native as closing_mrr,
        committed_native as committed_mrr
    from balances
    where currency = {{ reporting_currency() }}

    union all

    select
        levels.customer_number,
        levels.plan_number,
        levels.month_index,
        {{ converted_part(
            'levels.closing_level', 'levels.closing_native', 'rates.rate', 'rates.rate_as_double'
        ) }}
            as closing_mrr,
        {{ converted_part(
            'levels.committed_level', 'levels.committed_native', 'rates.rate', 'rates.rate_as_double'
        ) }}
            as committed_mrr
    from levels
    left join rates
        on
            levels.currency = rates.currency
            and levels.month_index = rates.month_index
),

-- Added up by plan before the plans are put into their segments, because rows are many.
plan_months as (
    select
        month_index,
        plan_number,
        sum(closing_mrr) as closing_mrr,
        sum(committed_mrr) as committed_mrr
    from valued
    group by
        month_index,
        plan_number
),

money as (
    select
        plan_months.month_index,
        segments.segment_number,
        cast(sum(plan_months.closing_mrr) as {{ type_money() }}) as closing_mrr,
        cast(sum(plan_months.committed_mrr) as {{ type_money() }}) as committed_mrr
    from plan_months
    inner join segments on plan_months.plan_number = segments.plan_number
    group by
        plan_months.month_index,
        segments.segment_number
),

-- A customer with two items of one segment, or two currencies, is one customer of it.
customers as (
    select distinct
        valued.month_index,
        segments.segment_number,
        valued.customer_number
    from valued
    inner join segments on valued.plan_number = segments.plan_number
    where valued.closing_mrr > 0
),

counts as (
    select
        month_index,
        segment_number,
        count(*) as closing_customers
    from customers
    group by
        month_index,
        segment_number
)

select
    money.month_index,
    money.segment_number,
    money.closing_mrr,
    money.committed_mrr,
    cast(coalesce(counts.closing_customers, 0) as bigint) as closing_customers
from money
left join counts
    on
        money.segment_number = counts.segment_number
        and money.month_index = counts.month_index
