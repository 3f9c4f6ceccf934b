-- Grain: one row per month that breaks the rule: the 30 days before its 31st day are not about
-- those with MRR on the evening before it.
with rolling as (
    select * from {{ ref('fct_churn_rolling') }}
),

months as (
    select
        period_month,
        opening_customers,
        {{ add_days('period_month', 30) }} as churn_day
    from {{ ref('fct_mrr_monthly') }}
    where
        segment_type = 'all'
        and {{ add_days('period_month', 30) }} <= {{ as_of_date() }}
)

select
    {{ told('months.churn_day') }}
    || ': '
    || {{ told('rolling.active_customers_30d_ago') }}
    || ' customers were there 30 days before, and the month '
    || {{ told('months.period_month') }}
    || ' opened with '
    || {{ told('months.opening_customers') }} as message,
    months.period_month,
    months.churn_day
from months
left join rolling on months.churn_day = rolling.churn_day
where coalesce(rolling.active_customers_30d_ago, 0) is distinct from months.opening_customers
