-- Grain: one row per answer that breaks the rule: its category is not that of its score.
with responses as (
    select * from {{ ref('fct_nps_responses') }}
)

select
    {{ told('response_id') }} || ' with the score '
    || {{ told('score') }}
    || ' is called ' || {{ told('category') }} as message,
    response_id,
    score,
    category
from responses
where
    category is distinct from case
        when score >= 9 then 'promoter'
        when score >= 7 then 'passive'
        when score < 7 then 'detractor'
    end
