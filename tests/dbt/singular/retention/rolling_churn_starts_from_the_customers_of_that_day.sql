-- The 30 days before the 31st day of a month are about those with MRR on the evening before it.
with rolling as (
    select * from {{ ref('fct_churn_rolling') }}
),

months as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
)

select
    rolling.churn_day,
    rolling.active_customers_30d_ago,
    rolling.new_customers_30d,
    rolling.churned_customers_30d,
    rolling.churned_active_customers_30d,
    months.opening_customers
from rolling
left join months
    on rolling.churn_day = {{ add_days('months.period_month', 30) }}
where
    rolling.active_customers_30d_ago <> months.opening_customers
    or rolling.churned_active_customers_30d > rolling.active_customers_30d_ago
    or rolling.churned_active_customers_30d > rolling.churned_customers_30d
    or rolling.churned_customers_30d
    > rolling.active_customers_30d_ago + rolling.new_customers_30d
