-- Grain: one row per currency and day of a quote of it, with the quote that was learnt last.
with quotes as (
    select * from {{ ref('stg_fx_rates') }}
),

named as (
    select
        base as currency,
        quotes.*
    from quotes

    union all

    select
        quote as currency,
        quotes.*
    from quotes
),

ranked as (
    select
        named.*,
        row_number() over (
            partition by currency, rate_on
            order by loaded_at desc, source_file desc, source_line desc
        ) as rank
    from named
)

select
    currency,
    rate_on,
    recorded_at,
    loaded_at,
    source_file,
    source_line
from ranked
where rank = 1
