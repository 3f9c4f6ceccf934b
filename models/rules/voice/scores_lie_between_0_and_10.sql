-- Grain: one row per answer that breaks the rule: its score is none from 0 to 10.
with responses as (
    select * from {{ ref('fct_nps_responses') }}
)

select
    {{ told('response_id') }} || ' has the score '
    || {{ told('score') }} as message,
    response_id
from responses
where coalesce(score not between 0 and 10, true)
