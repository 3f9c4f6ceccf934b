-- Grain: one row per origin month, horizon and segment type that breaks the rule: what is expected
-- of its segments is not what is expected of the company, in the forecast or in a past one.
with forecasts as (
    select
        origin_month,
        period_month,
        horizon_months,
        segment_type,
        expected_mrr
    from {{ ref('fct_mrr_forecast') }}

    union all

    select
        origin_month,
        period_month,
        horizon_months,
        segment_type,
        expected_mrr
    from {{ ref('fct_forecast_backtest') }}
),

totals as (
    select
        origin_month,
        period_month,
        horizon_months,
        segment_type,
        sum(expected_mrr) as expected_mrr
    from forecasts
    group by
        origin_month,
        period_month,
        horizon_months,
        segment_type
),

compared as (
    select
        totals.*,
        companies.expected_mrr as company_mrr
    from totals
    left join totals as companies
        on
            totals.origin_month = companies.origin_month
            and totals.horizon_months = companies.horizon_months
            and companies.segment_type = 'all'
)

select
    {{ told('period_month') }}
    || ' from '
    || {{ told('origin_month') }}
    || ': the segments by '
    || segment_type
    || ' add up to '
    || {{ told('expected_mrr') }}
    || ', of the company '
    || {{ told('company_mrr') }}
    || ' is expected' as message,
    origin_month,
    horizon_months,
    segment_type
from compared
where expected_mrr is distinct from company_mrr
