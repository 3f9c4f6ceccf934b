{{ config(materialized='table') }}

-- Grain: one row per base, month and currency of which a rate is another than it was, with the
-- quote that was learnt last. What was reported in another currency had no rate to be held against.
with in_another_currency as (
    select base_id
    from {{ ref('int_closes__decided') }}
    where currencies is not null
),

bases as (
    select * from {{ ref('stg_reported_bases') }}
    where base_id not in (select another.base_id from in_another_currency as another)
),

reported as (
    select rates.*
    from {{ ref('stg_reported_rates') }} as rates
    inner join bases on rates.base_id = bases.base_id
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
),

quotes as (
    select * from {{ ref('int_closes__quotes') }}
),

moved as (
    select distinct
        reported.base_id,
        reported.currency,
        {{ month_start('reported.rate_day') }} as period_month,
        rates.quoted_on
    from reported
    left join rates
        on
            reported.currency = rates.currency
            and reported.rate_day = rates.rate_day
    where
        rates.rate is null
        or reported.rate <> rates.rate

    union

    -- A day that had no rate.
    select
        bases.base_id,
        rates.currency,
        {{ month_start('rates.rate_day') }} as period_month,
        rates.quoted_on
    from rates
    inner join bases
        on
            (bases.kind = 'release' and rates.rate_day <= {{ local_date('bases.as_of') }})
            or {{ month_start('rates.rate_day') }} = bases.period_month
    left join reported
        on
            bases.base_id = reported.base_id
            and rates.currency = reported.currency
            and rates.rate_day = reported.rate_day
    where reported.base_id is null
),

ranked as (
    select
        moved.base_id,
        moved.currency,
        moved.period_month,
        quotes.recorded_at,
        quotes.source_file,
        quotes.source_line,
        row_number() over (
            partition by moved.base_id, moved.currency, moved.period_month
            order by
                quotes.loaded_at desc nulls last,
                quotes.rate_on desc,
                quotes.source_file desc,
                quotes.source_line desc
        ) as rank
    from moved
    left join quotes
        on
            moved.quoted_on = quotes.rate_on
            and moved.currency = quotes.currency
)

select
    base_id,
    currency,
    period_month,
    recorded_at,
    source_file,
    source_line
from ranked
where rank = 1
