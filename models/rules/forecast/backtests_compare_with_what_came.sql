-- Grain: one row per origin month, segment and horizon that breaks the rule: it is not compared
-- with the closing MRR of its month, or an error is not what it is called.
with backtest as (
    select * from {{ ref('fct_forecast_backtest') }}
),

months as (
    select * from {{ ref('fct_mrr_monthly') }}
    where not is_partial
),

compared as (
    select
        backtest.*,
        coalesce(months.closing_mrr, 0) as closing_mrr
    from backtest
    left join months
        on
            backtest.period_month = months.period_month
            and backtest.segment_type = months.segment_type
            and backtest.segment_value = months.segment_value
)

select
    {{ told_segment('period_month') }}
    || ' from '
    || {{ told('origin_month') }}
    || ': expected '
    || {{ told('expected_mrr') }}
    || ', error '
    || {{ told('error') }}
    || ' against '
    || {{ told('actual_mrr') }}
    || ' of '
    || {{ told('closing_mrr') }} as message,
    origin_month,
    horizon_months,
    segment_type,
    segment_value
from compared
where
    actual_mrr is distinct from closing_mrr
    or expected_mrr is null
    or abs(
        coalesce(actual_mrr * (1 + error), 0)
        - case when actual_mrr = 0 then 0 else expected_mrr end
    ) > 0.001
    or is_within_range is distinct from (actual_mrr >= low_80 and actual_mrr <= high_80)
    or {{ add_months('origin_month', 'horizon_months') }} <> period_month
