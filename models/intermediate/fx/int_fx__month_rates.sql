-- Grain: one row per currency and month, with the rate its balances are valued at: that of the
-- month's last day, for the unfinished month that of the as-of day.
select
    currency,
    {{ month_index('rate_day') }} as month_index,
    rate
from {{ ref('int_fx__day_rates') }}
where
    rate_day = {{ as_of_date() }}
    or {{ add_days('rate_day', 1) }} = {{ month_start(add_days('rate_day', 1)) }}
