-- Grain: one row per currency and month, with the rate of the periods that begin when it is over.
-- The rate is the last one quoted by the month's end; where nothing is known that early, the first.
-- A published rate of the past stays: only the first quote of its currency can move it.
-- DECISIONS.md#grr-nrr-and-the-mrr-rates
with quotes as (
    select
        currency,
        rate_on,
        rate,
        {{ month_index('rate_on') }} as month_index
    from {{ ref('int_fx__quoted_rates') }}
),

ranked as (
    select
        *,
        row_number() over (partition by currency, month_index order by rate_on desc) as rank
    from quotes
),

movements as (
    select min(month_index) as first_index
    from {{ ref('int_movements__customer_currency_days') }}
),

spans as (
    select
        ranked.currency,
        ranked.rate,
        case
            when lag(ranked.month_index) over months is null
                then least(ranked.month_index, movements.first_index - 1)
            else ranked.month_index
        end as first_index,
        coalesce(lead(ranked.month_index) over months - 1, {{ month_index(as_of_date()) }})
            as last_index
    from ranked
    cross join movements
    where ranked.rank = 1
    window months as (partition by ranked.currency order by ranked.month_index)
)

select
    currency,
    {{ expand_integers('first_index', 'last_index') }} as month_index,
    rate
from spans
