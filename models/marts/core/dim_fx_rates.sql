-- Grain: one row per local day and pair of currencies, with the rate in force on that day.
with days as (
    select * from {{ ref('int_fx__day_rates') }}
)

select
    rate_day,
    currency as base,
    cast({{ reporting_currency() }} as {{ dbt.type_string() }}) as quote,
    rate,
    quoted_on as rate_on
from days
