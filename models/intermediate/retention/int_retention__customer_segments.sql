-- Grain: one row per customer, month with MRR and segment type.
with customer_months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
)

select customer_id, period_month, 'all' as segment_type, 'all' as segment_value
from customer_months
