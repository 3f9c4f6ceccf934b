select *
from {{ ref('fct_nps_monthly') }}
where
    promoters + passives + detractors <> responses
    or nps < -100
    or nps > 100
    or response_rate < 0
    or response_rate > 1
