-- Grain: one row per month and survey that breaks the rule: more are satisfied than answered, or
-- the rate is not their share.
with months as (
    select * from {{ ref('fct_csat_monthly') }}
)

select
    {{ told('period_month') }}
    || ', ' || {{ told('survey') }} || ': '
    || {{ told('satisfied') }}
    || ' of '
    || {{ told('responses') }}
    || ' answers are satisfied, a rate of '
    || {{ told('csat_rate') }} as message,
    period_month,
    survey
from months
where
    responses is null
    or satisfied not between 0 and responses
    or (csat_rate is not null and satisfied is null)
    or abs(csat_rate * responses - satisfied) > 1e-6
