-- Grain: one row per customer and month, with the customer's MRR at both ends of the month.
with customer_months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

months_with_previous as (
    select
        customer_id,
        period_month,
        opening_mrr,
        closing_mrr,
        closing_mrr_constant,
        is_partial,
        lag(closing_mrr_constant) over customer_history as previous_closing_mrr_constant
    from customer_months
    window customer_history as (partition by customer_id order by period_month)
)

select
    customer_id,
    period_month,
    -- A leaver has no plan or size left at the end, so a starting customer keeps the segments
    -- of the month before; everybody else can only be described by the month itself.
    case
        when opening_mrr > 0 then {{ add_months('period_month', -1) }}
        else period_month
    end as segment_month,
    opening_mrr as starting_mrr,
    -- MRR above 0 at the start means that the month before has a row: months have no gap then.
    case
        when opening_mrr > 0 then previous_closing_mrr_constant
        else 0
    end as starting_mrr_constant,
    closing_mrr as ending_mrr,
    closing_mrr_constant as ending_mrr_constant,
    is_partial
from months_with_previous
