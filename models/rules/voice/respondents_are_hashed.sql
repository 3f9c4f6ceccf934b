-- Grain: one row per answer that breaks the rule: its respondent is no hash. What it says instead
-- may be an address, and stands in no message.
with responses as (
    select * from {{ ref('fct_nps_responses') }}
)

select
    {{ told('response_id') }} || case
        when respondent_id is null then ' has no respondent'
        when respondent_id like '%@%' then ' has an address as its respondent'
        else ' has a respondent that is no hash of 64 digits'
    end as message,
    response_id
from responses
where
    respondent_id is null
    or respondent_id like '%@%'
    or length(respondent_id) <> 64
