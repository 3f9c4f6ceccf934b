-- Grain: one row per booking month and recognition month.
with revenue as (
    select * from {{ ref('fct_revenue_recognition') }}
)

select
    booking_month,
    recognition_month,
    {{ money_sum('amount') }} as amount,
    recognition_month > {{ as_of_month() }} as is_scheduled
from revenue
group by
    booking_month,
    recognition_month
