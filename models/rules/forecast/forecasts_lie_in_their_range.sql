-- Grain: one row per segment and horizon that breaks the rule: expected MRR below 0 or outside its
-- range, or a figure that is missing without a reason or there in spite of one.
with forecast as (
    select * from {{ ref('fct_mrr_forecast') }}
)

select
    {{ told_segment('period_month') }}
    || ': expected '
    || {{ told('expected_mrr') }}
    || ' of '
    || {{ told('low_80') }}
    || ' to '
    || {{ told('high_80') }}
    || ', reason '
    || {{ told('reason') }} as message,
    origin_month,
    horizon_months,
    segment_type,
    segment_value
from forecast
where
    expected_mrr < 0
    or low_80 < 0
    or low_80 > expected_mrr
    or high_80 < expected_mrr
    or (low_80 is null) <> (reason is not null)
    or (high_80 is null) <> (reason is not null)
    or (expected_mrr is null) <> coalesce(reason in ('short_history', 'few_customers'), false)
