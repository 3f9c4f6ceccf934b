-- Grain: one row per customer and month, with what became of the customer in that month.
-- DECISIONS.md#churned_in_period_new
with customer_months as (
    select * from {{ ref('int_retention__month_balances') }}
),

churn_classes as (
    select * from {{ ref('int_retention__churn_classes') }}
),

churn_movements as (
    select * from {{ ref('int_retention__churn_movements') }}
),

last_churns as (
    select
        churn_movements.customer_id,
        churn_movements.period_month,
        churn_movements.is_short_pause,
        churn_classes.churn_class
    from churn_movements
    inner join churn_classes
        on churn_movements.movement_id = churn_classes.movement_id
    where churn_movements.is_last_in_month
)

select
    customer_months.customer_id,
    customer_months.period_month,
    customer_months.segment_month,
    customer_months.starting_mrr,
    customer_months.ending_mrr_at_start_rates,
    customer_months.starting_mrr > 0 as is_starting,
    customer_months.starting_mrr > 0
    and customer_months.ending_mrr = 0
    and not coalesce(last_churns.is_short_pause, false) as is_churned,
    customer_months.starting_mrr > 0
    and customer_months.ending_mrr = 0
    and coalesce(last_churns.is_short_pause, false) as is_short_pause,
    customer_months.starting_mrr = 0
    and customer_months.ending_mrr = 0
    and last_churns.customer_id is not null as is_joined_and_left,
    last_churns.churn_class,
    customer_months.is_partial
from customer_months
left join last_churns
    on
        customer_months.customer_id = last_churns.customer_id
        and customer_months.period_month = last_churns.period_month
