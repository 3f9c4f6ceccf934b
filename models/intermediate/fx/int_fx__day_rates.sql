{{ config(materialized='table') }}

-- Grain: one row per currency and local day, with the rate in force: the day's own, else the last
-- known one while it is young enough (policy fx_max_age_days).
with rates as (
    select * from {{ ref('int_fx__quoted_rates') }}
),

spans as (
    select
        rates.currency,
        rates.rate,
        rates.rate_on,
        least(
            coalesce(
                {{ day_before(
                    'lead(rates.rate_on) over (partition by rates.currency order by rates.rate_on)'
                ) }},
                {{ as_of_date() }}
            ),
            {{ add_days('rates.rate_on', policy('fx_max_age_days')) }},
            {{ as_of_date() }}
        ) as last_day
    from rates
)

select
    currency,
    {{ expand_days('rate_on', 'last_day') }} as rate_day,
    rate_on as quoted_on,
    rate
from spans
