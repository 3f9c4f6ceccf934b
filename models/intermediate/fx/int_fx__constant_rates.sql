-- Grain: one row per currency, with the one rate of the constant-currency figures: that of the
-- policy's date, by default the first day of the as-of year; where nothing is known that early, the
-- first rate known.
-- DECISIONS.md#constant-currency
with days as (
    select * from {{ ref('int_fx__day_rates') }}
),

ranked as (
    select
        days.currency,
        days.rate,
        row_number() over (
            partition by days.currency
            order by
                case when days.rate_day <= {{ constant_currency_date() }} then 0 else 1 end,
                case
                    when days.rate_day <= {{ constant_currency_date() }} then days.rate_day
                end desc,
                days.rate_day
        ) as rank
    from days
)

select
    currency,
    rate
from ranked
where rank = 1
