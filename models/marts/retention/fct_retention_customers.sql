-- Grain: one row per customer with MRR at the start of a period, last month of the period and
-- length of it, one month or twelve.
-- GRR, NRR and customer churn of any group of customers are plain sums of these rows.
-- DECISIONS.md#grr-nrr-and-the-mrr-rates
with months as (
    select * from {{ ref('int_retention__month_outcomes') }}
    where is_starting
),

years as (
    select * from {{ ref('int_retention__year_outcomes') }}
),

periods as (
    select
        period_month,
        1 as period_months,
        customer_id,
        starting_mrr,
        ending_mrr_at_start_rates as ending_mrr,
        is_churned,
        is_short_pause,
        churn_class,
        is_partial
    from months

    union all

    select
        period_month,
        12 as period_months,
        customer_id,
        starting_mrr,
        ending_mrr_at_start_rates as ending_mrr,
        is_churned,
        is_short_pause,
        cast(null as {{ dbt.type_string() }}) as churn_class,
        false as is_partial
    from years
)

select
    period_month,
    period_months,
    customer_id,
    ---------- MRR at the rates of the start
    starting_mrr,
    ending_mrr,
    cast(least(starting_mrr, ending_mrr) as {{ type_money() }}) as kept_mrr,
    ---------- the customer
    is_churned,
    is_short_pause,
    case when is_churned then churn_class end as churn_class,
    is_partial
from periods
