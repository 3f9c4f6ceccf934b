-- The total MRR of each month as the last release published it.
select
    period_month,
    closing_mrr,
    is_partial
from {{ source('audit', 'published_months') }}
