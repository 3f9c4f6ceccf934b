-- What figures are held against: each closed month, and the release that is published.
select
    base_id,
    kind,
    period_month,
    as_of
from {{ source('reported', 'bases') }}
