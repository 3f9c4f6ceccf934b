-- Grain: one row per customer and month in which its use of the product was counted.
with feature_months as (
    select * from {{ ref('int_growth__feature_months') }}
)

select
    customer_id,
    period_month,
    cast(sum(events) as bigint) as events
from feature_months
group by
    customer_id,
    period_month
