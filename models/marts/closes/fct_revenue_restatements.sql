-- Grain: one row per closed month, customer, currency and class whose revenue is not what was
-- reported.
-- DECISIONS.md#the-cause-of-a-restatement
with causes as (
    select * from {{ ref('int_closes__revenue_causes') }}
    where kind = 'close'
)

select
    period_month,
    customer_id,
    currency,
    revenue_class,
    as_reported,
    restated,
    difference,
    cause,
    detail,
    base_id as closed_as,
    ---------- lineage
    source_file,
    source_line
from causes
