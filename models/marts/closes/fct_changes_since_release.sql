-- Grain: one row per table, column, month and customer (of revenue, each currency too) whose figure
-- is not what the release before published.
-- DECISIONS.md#the-cause-of-a-restatement
with mrr as (
    select * from {{ ref('int_closes__mrr_causes') }}
    where kind = 'release'
),

revenue as (
    select * from {{ ref('int_closes__revenue_causes') }}
    where kind = 'release'
)

select
    'fct_customer_mrr_monthly' as table_name,
    column_name,
    period_month,
    customer_id,
    {{ reporting_currency() }} as currency,
    as_reported as was,
    restated as now,
    difference,
    cause,
    detail,
    base_id as since_release,
    ---------- lineage
    source_file,
    source_line
from mrr

union all

select
    'fct_revenue_recognition' as table_name,
    revenue_class as column_name,
    period_month,
    customer_id,
    currency,
    as_reported as was,
    restated as now,
    difference,
    cause,
    detail,
    base_id as since_release,
    ---------- lineage
    source_file,
    source_line
from revenue
