select response_id
from {{ ref('fct_nps_responses') }}
where
    respondent_id like '%@%'
    or length(respondent_id) <> 64
