-- Grain: one row per customer and month whose last day lies inside a pause that ended in time.
-- DECISIONS.md#short-pauses
with pauses as (
    select * from {{ ref('int_retention__churn_movements') }}
    where is_short_pause
),

months as (
    select * from {{ ref('int_retention__months') }}
)

select distinct
    pauses.customer_id,
    months.period_month
from pauses
inner join months
    on
        pauses.churned_on < months.next_month
        and pauses.returned_on >= months.next_month
