-- Grain: one row per month of the company that breaks the rule: the month before it is missing, or
-- closed with something else than it opens with. Before the first month there is nothing.
with months as (
    select
        *,
        {{ month_index('period_month') }} as month_index
    from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
),

chained as (
    select
        months.*,
        coalesce(lag(months.month_index) over history, months.month_index - 1)
            as previous_month_index,
        lag(months.closing_mrr, 1, cast(0 as {{ type_money() }})) over history as closed_with_mrr,
        lag(months.closing_customers, 1, cast(0 as bigint)) over history as closed_with_customers
    from months
    window history as (order by months.period_month)
),

dated as (
    select
        chained.*,
        {{ month_from_index('previous_month_index') }} as previous_month
    from chained
)

select
    cast(period_month as {{ dbt.type_string() }})
    || ': opens with '
    || {{ told('opening_mrr') }}
    || ' of ' || {{ told('opening_customers') }}
    || ' customers, and the month listed before it, '
    || cast(previous_month as {{ dbt.type_string() }})
    || ', closed with ' || {{ told('closed_with_mrr') }}
    || ' of '
    || {{ told('closed_with_customers') }} as message,
    period_month,
    opening_mrr,
    closed_with_mrr,
    opening_customers,
    closed_with_customers
from dated
where
    month_index <> previous_month_index + 1
    or opening_mrr is distinct from closed_with_mrr
    or opening_customers is distinct from closed_with_customers
