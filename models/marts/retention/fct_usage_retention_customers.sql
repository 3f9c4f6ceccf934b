-- Grain: one row per customer with MRR or usage MRR at the start of a complete period, last month
-- of the period and length of it, one month or twelve.
-- DECISIONS.md#nrr-with-usage
with customers as (
    select
        *,
        {{ month_index('period_month') }} as month_index
    from {{ ref('fct_retention_customers') }}
    where not is_partial
),

usage as (
    select * from {{ ref('int_movements__usage_mrr') }}
    where
        usage_mrr > 0
        and month_index < {{ month_index(as_of_date()) }}
),

customer_months as (
    select
        customer_id,
        {{ month_index('period_month') }} as month_index,
        closing_mrr
    from {{ ref('fct_customer_mrr_monthly') }}
    where closing_mrr > 0
),

lengths as (
    select 1 as period_months
    union all
    select 12 as period_months
),

usage_starts as (
    select
        usage.customer_id,
        usage.month_index + lengths.period_months as month_index,
        lengths.period_months,
        usage.usage_mrr
    from usage
    cross join lengths
    where usage.month_index + lengths.period_months < {{ month_index(as_of_date()) }}
),

population as (
    select
        coalesce(customers.customer_id, usage_starts.customer_id) as customer_id,
        coalesce(customers.month_index, usage_starts.month_index) as month_index,
        coalesce(customers.period_months, usage_starts.period_months) as period_months,
        coalesce(customers.starting_mrr, 0) as starting_mrr,
        customers.ending_mrr,
        coalesce(usage_starts.usage_mrr, 0) as starting_usage_mrr
    from customers
    full outer join usage_starts
        on
            customers.customer_id = usage_starts.customer_id
            and customers.month_index = usage_starts.month_index
            and customers.period_months = usage_starts.period_months
)

select
    population.customer_id,
    {{ month_from_index('population.month_index') }} as period_month,
    population.period_months,
    cast(population.starting_mrr as {{ type_money() }}) as starting_mrr,
    cast(population.starting_usage_mrr as {{ type_money() }}) as starting_usage_mrr,
    -- Who only used it at the start has no MRR at the rates of the start.
    cast(
        coalesce(population.ending_mrr, customer_months.closing_mrr, 0) as {{ type_money() }}
    ) as ending_mrr,
    cast(coalesce(usage.usage_mrr, 0) as {{ type_money() }}) as ending_usage_mrr
from population
left join usage
    on
        population.customer_id = usage.customer_id
        and population.month_index = usage.month_index
left join customer_months
    on
        population.ending_mrr is null
        and population.customer_id = customer_months.customer_id
        and population.month_index = customer_months.month_index
