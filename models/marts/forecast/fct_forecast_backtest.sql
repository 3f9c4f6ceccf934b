-- Grain: one row per origin month, segment and horizon whose month is over.
-- DECISIONS.md#what-a-forecast-knew
with ranges as (
    select * from {{ ref('int_forecast__ranges') }}
),

actuals as (
    select
        {{ month_index('period_month') }} as month_index,
        segment_type,
        segment_value,
        closing_mrr
    from {{ ref('fct_mrr_monthly') }}
    where
        segment_type in ('all', 'plan', 'sales_model')
        and not is_partial
),

last_months as (
    select max(month_index) as last_index
    from actuals
),

compared as (
    select
        ranges.*,
        ranges.origin_index + ranges.horizon_months as month_index,
        -- A segment without a row in a month has nobody in it.
        coalesce(actuals.closing_mrr, cast(0 as {{ type_money() }})) as actual_mrr
    from ranges
    inner join last_months on ranges.origin_index + ranges.horizon_months <= last_months.last_index
    left join actuals
        on
            ranges.origin_index + ranges.horizon_months = actuals.month_index
            and ranges.segment_type = actuals.segment_type
            and ranges.segment_value = actuals.segment_value
    where ranges.expected_mrr is not null
)

select
    {{ month_from_index('origin_index') }} as origin_month,
    horizon_months,
    segment_type,
    segment_value,
    {{ month_from_index('month_index') }} as period_month,
    {{ is_total_row(['segment_type']) }} as is_total,
    is_recorded_then,
    ---------- MRR
    actual_mrr,
    expected_mrr,
    low_80,
    high_80,
    origin_mrr as last_value_mrr,
    three_month_rule_mrr,
    ---------- errors, as shares of what came
    {{ ratio('(expected_mrr - actual_mrr)', 'actual_mrr') }} as error,
    {{ ratio('(origin_mrr - actual_mrr)', 'actual_mrr') }} as last_value_error,
    {{ ratio('(three_month_rule_mrr - actual_mrr)', 'actual_mrr') }} as three_month_rule_error,
    actual_mrr between low_80 and high_80 as is_within_range
from compared
