-- Grain: one row per segment that breaks the rule: what the forecast adds up from the ledger is not
-- what the newest month closed with. Each customer's balance may be rounded once a currency there.
with ranges as (
    select * from {{ ref('int_forecast__ranges') }}
    where horizon_months = 1
),

forecast as (
    select * from {{ ref('fct_mrr_forecast') }}
    where horizon_months = 1
),

compared as (
    select
        forecast.origin_month,
        forecast.segment_type,
        forecast.segment_value,
        forecast.origin_mrr as closing_mrr,
        ranges.origin_mrr,
        ranges.origin_customers
    from forecast
    left join ranges
        on
            {{ month_index('forecast.origin_month') }} = ranges.origin_index
            and forecast.segment_type = ranges.segment_type
            and forecast.segment_value = ranges.segment_value
)

select
    {{ told_segment('origin_month') }}
    || ': the ledger adds up to '
    || {{ told('origin_mrr') }}
    || ', the month closed with '
    || {{ told('closing_mrr') }} as message,
    origin_month,
    segment_type,
    segment_value
from compared
where coalesce(abs(origin_mrr - closing_mrr) > 0.0001 * (origin_customers + 1), true)
