-- Grain: one row per segment and horizon.
-- The forecast from the newest month that is over.
with ranges as (
    select * from {{ ref('int_forecast__ranges') }}
),

backtest as (
    select * from {{ ref('fct_forecast_backtest') }}
),

origins as (
    select max(origin_index) as origin_index
    from ranges
),

closings as (
    select
        {{ month_index('period_month') }} as month_index,
        segment_type,
        segment_value,
        closing_mrr
    from {{ ref('fct_mrr_monthly') }}
),

errors as (
    select
        segment_type,
        segment_value,
        horizon_months,
        cast(count(error) as bigint) as backtest_origins,
        avg(abs(error)) as mean_error,
        avg(abs(last_value_error)) as last_value_mean_error,
        avg(abs(three_month_rule_error)) as three_month_rule_mean_error
    from backtest
    group by
        segment_type,
        segment_value,
        horizon_months
)

select
    {{ month_from_index('ranges.origin_index') }} as origin_month,
    ranges.horizon_months,
    ranges.segment_type,
    ranges.segment_value,
    {{ month_from_index('(ranges.origin_index + ranges.horizon_months)') }} as period_month,
    {{ is_total_row(['ranges.segment_type']) }} as is_total,
    ---------- the forecast
    coalesce(closings.closing_mrr, 0) as origin_mrr,
    ranges.expected_mrr,
    ranges.low_80,
    ranges.high_80,
    ranges.reason,
    ---------- its parts
    ranges.kept_mrr,
    ranges.expansion_mrr,
    ranges.new_mrr,
    ranges.known_mrr,
    ranges.adjustment_mrr,
    ---------- how it did before
    coalesce(errors.backtest_origins, 0) as backtest_origins,
    errors.mean_error,
    errors.last_value_mean_error,
    errors.three_month_rule_mean_error,
    ranges.three_month_rule_mrr,
    errors.three_month_rule_mean_error < errors.mean_error as is_three_month_rule_better
from ranges
inner join origins on ranges.origin_index = origins.origin_index
left join closings
    on
        ranges.origin_index = closings.month_index
        and ranges.segment_type = closings.segment_type
        and ranges.segment_value = closings.segment_value
left join errors
    on
        ranges.segment_type = errors.segment_type
        and ranges.segment_value = errors.segment_value
        and ranges.horizon_months = errors.horizon_months
-- A segment that nobody is in any more has no forecast.
where
    closings.closing_mrr is not null
    or ranges.expected_mrr is not null
