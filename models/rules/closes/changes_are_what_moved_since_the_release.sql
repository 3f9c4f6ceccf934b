-- Grain: one row per month that breaks the rule. What is said to have moved its closing MRR is what
-- it moved by since the release before; of months that have begun since, nothing is said.
with releases as (
    select * from {{ ref('stg_reported_bases') }}
    where kind = 'release'
),

amounts as (
    select
        months.period_month,
        months.closing_mrr as amount
    from {{ ref('fct_customer_mrr_monthly') }} as months
    inner join releases on months.period_month <= {{ month_start(local_date('releases.as_of')) }}

    union all

    select
        months.period_month,
        -months.closing_mrr as amount
    from {{ ref('stg_reported_customer_months') }} as months
    inner join releases on months.base_id = releases.base_id

    union all

    select
        period_month,
        -difference as amount
    from {{ ref('fct_changes_since_release') }}
    where
        table_name = 'fct_customer_mrr_monthly'
        and column_name = 'closing_mrr'
)

select
    period_month,
    {{ money_sum('amount') }} as difference
from amounts
group by period_month
having {{ money_sum('amount') }} <> 0
