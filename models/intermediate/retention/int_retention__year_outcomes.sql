-- Grain: one row per starting customer and rolling window of twelve complete months.
with customer_months as (
    select * from {{ ref('int_retention__customer_months') }}
),

paused_month_ends as (
    select * from {{ ref('int_retention__paused_month_ends') }}
),

starting_customers as (
    select
        customer_id,
        period_month as segment_month,
        {{ add_months('period_month', 12) }} as period_month,
        ending_mrr_constant as starting_mrr_constant
    from customer_months
    where ending_mrr > 0
)

select
    starting_customers.customer_id,
    starting_customers.period_month,
    starting_customers.segment_month,
    starting_customers.starting_mrr_constant,
    coalesce(window_ends.ending_mrr_constant, 0) as ending_mrr_constant,
    coalesce(window_ends.ending_mrr, 0) = 0
    and paused_month_ends.customer_id is null as is_churned
from starting_customers
left join customer_months as window_ends
    on
        starting_customers.customer_id = window_ends.customer_id
        and starting_customers.period_month = window_ends.period_month
left join paused_month_ends
    on
        starting_customers.customer_id = paused_month_ends.customer_id
        and starting_customers.period_month = paused_month_ends.period_month
where starting_customers.period_month < {{ as_of_month() }}
