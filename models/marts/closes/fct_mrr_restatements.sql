-- Grain: one row per closed month, customer and column of its MRR that is not what was reported.
-- DECISIONS.md#the-cause-of-a-restatement
with causes as (
    select * from {{ ref('int_closes__mrr_causes') }}
    where kind = 'close'
)

select
    period_month,
    customer_id,
    column_name,
    as_reported,
    restated,
    difference,
    cause,
    detail,
    other_causes,
    case when cause = 'unexplained' then difference else 0 end as unexplained,
    base_id as closed_as,
    ---------- lineage
    recorded_at,
    source_file,
    source_line
from causes
