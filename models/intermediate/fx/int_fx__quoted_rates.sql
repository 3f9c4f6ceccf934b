-- Grain: one row per currency and day with a quoted rate into the reporting currency.
-- A pair quoted directly comes first, then the pair the other way round, then both sides of a third
-- currency (a central bank quotes everything against its own).
-- DECISIONS.md#pairs-of-currencies
with quotes as (
    select
        rate_on,
        base,
        quote,
        rate,
        source_name
    from {{ ref('stg_fx_rates') }}
    where rate_on <= {{ as_of_date() }}
),

candidates as (
    select
        base as currency,
        rate_on,
        rate,
        1 as preference,
        source_name
    from quotes
    where quote = {{ reporting_currency() }}

    union all

    select
        quote as currency,
        rate_on,
        {{ divide_rates('1', 'rate') }} as rate,
        2 as preference,
        source_name
    from quotes
    where base = {{ reporting_currency() }}

    union all

    select
        sides.quote as currency,
        sides.rate_on,
        {{ divide_rates('reporting.rate', 'sides.rate') }} as rate,
        3 as preference,
        sides.source_name || sides.base as source_name
    from quotes as sides
    inner join quotes as reporting
        on
            sides.base = reporting.base
            and sides.rate_on = reporting.rate_on
            and sides.source_name = reporting.source_name
    where
        reporting.quote = {{ reporting_currency() }}
        and sides.quote <> {{ reporting_currency() }}
),

ranked as (
    select
        candidates.*,
        row_number() over (
            partition by candidates.currency, candidates.rate_on
            order by candidates.preference, candidates.source_name
        ) as rank
    from candidates
)

select
    currency,
    rate_on,
    rate
from ranked
where rank = 1
