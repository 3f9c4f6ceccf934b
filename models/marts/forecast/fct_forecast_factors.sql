-- Grain: one row per origin month that has a forecast, segment and ages of cohorts.
-- DECISIONS.md#development-factors
with factors as (
    select * from {{ ref('int_forecast__factors') }}
),

forecasts as (
    select
        origin_index,
        segment_number
    from {{ ref('int_forecast__reconciled') }}
    where
        horizon_months = 1
        and expected_mrr is not null
),

segments as (
    select distinct
        segment_number,
        segment_type,
        segment_value
    from {{ ref('int_forecast__changes') }}
),

balances as (
    select
        origin_index,
        segment_number,
        {{ age_band('(origin_index - cohort_index)') }} as age_band,
        sum(closing_mrr) as closing_mrr
    from {{ ref('int_forecast__cells') }}
    where month_index = origin_index
    group by
        origin_index,
        segment_number,
        {{ age_band('(origin_index - cohort_index)') }}
)

select
    {{ month_from_index('factors.origin_index') }} as origin_month,
    segments.segment_type,
    segments.segment_value,
    {{ is_total_row(['segments.segment_type']) }} as is_total,
    factors.age_band,
    {{ age_band_name('factors.age_band') }} as cohort_ages,
    ---------- what the forecast takes
    factors.kept_factor,
    factors.development_factor,
    coalesce({{ double_as_money('balances.closing_mrr') }}, 0) as origin_mrr,
    ---------- what was measured in the last twelve months
    cast(factors.customer_months as bigint) as customer_months,
    {{ double_as_money('factors.opening_mrr') }} as opening_mrr,
    {{ double_as_money('factors.lost_mrr') }} as lost_mrr,
    {{ double_as_money('factors.change_mrr') }} as change_mrr,
    factors.weight,
    factors.other_kept_factor,
    factors.other_development_factor
from factors
inner join forecasts
    on
        factors.origin_index = forecasts.origin_index
        and factors.segment_number = forecasts.segment_number
inner join segments on factors.segment_number = segments.segment_number
left join balances
    on
        factors.origin_index = balances.origin_index
        and factors.segment_number = balances.segment_number
        and factors.age_band = balances.age_band
