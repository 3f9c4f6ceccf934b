select
    period_month,
    segment_type,
    segment_value
from {{ ref('fct_trial_conversion_monthly') }}
group by
    period_month,
    segment_type,
    segment_value
having
    sum(case when card_on_file = 'all' then trials else -trials end) <> 0
    or sum(case when card_on_file = 'all' then converted else -converted end) <> 0
