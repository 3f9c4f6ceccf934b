-- Grain: one row per starting customer and rolling window of twelve complete months.
-- DECISIONS.md#short-pauses
with customer_months as (
    select * from {{ ref('int_retention__month_balances') }}
),

pauses as (
    select * from {{ ref('int_retention__churn_movements') }}
    where is_short_pause
),

months as (
    select * from {{ ref('int_retention__months') }}
),

paused_month_ends as (
    select distinct
        pauses.customer_id,
        months.period_month
    from pauses
    inner join months
        on
            pauses.churned_on < months.next_month
            and pauses.returned_on >= months.next_month
),

revaluations as (
    select * from {{ ref('int_retention__revaluations') }}
    where period_months = 12
),

starting_customers as (
    select
        customer_id,
        period_month as segment_month,
        {{ add_months('period_month', 12) }} as period_month,
        ending_mrr as starting_mrr
    from customer_months
    where ending_mrr > 0
)

select
    starting_customers.customer_id,
    starting_customers.period_month,
    starting_customers.segment_month,
    starting_customers.starting_mrr,
    cast(
        coalesce(window_ends.ending_mrr, 0) + coalesce(revaluations.revaluation, 0)
        as {{ type_money() }}
    ) as ending_mrr_at_start_rates,
    coalesce(window_ends.ending_mrr, 0) = 0
    and paused_month_ends.customer_id is null as is_churned,
    coalesce(window_ends.ending_mrr, 0) = 0
    and paused_month_ends.customer_id is not null as is_short_pause
from starting_customers
left join customer_months as window_ends
    on
        starting_customers.customer_id = window_ends.customer_id
        and starting_customers.period_month = window_ends.period_month
left join revaluations
    on
        starting_customers.customer_id = revaluations.customer_id
        and {{ month_index('starting_customers.period_month') }} = revaluations.month_index
left join paused_month_ends
    on
        starting_customers.customer_id = paused_month_ends.customer_id
        and starting_customers.period_month = paused_month_ends.period_month
where starting_customers.period_month < {{ as_of_month() }}
