-- Grain: one row per day and pair of currencies that breaks the rule: the rate is not above 0, or
-- was quoted after its day.
with rates as (
    select * from {{ ref('dim_fx_rates') }}
)

select
    cast(rate_day as {{ dbt.type_string() }}) || ': the rate of ' || base || ' in ' || quote
    || ' is '
    || {{ told('rate') }}
    || ', quoted on '
    || {{ told('rate_on') }} as message,
    rate_day,
    base,
    quote,
    rate,
    rate_on
from rates
where
    coalesce(rate <= 0, true)
    or coalesce(rate_on > rate_day, true)
