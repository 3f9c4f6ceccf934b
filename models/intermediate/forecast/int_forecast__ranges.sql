{{ config(materialized='table') }}

-- Grain: one row per origin month, segment and horizon: the forecast with the range that holds 80 %
-- of the errors which the method had made by then at the same horizon, each grown to the size of
-- this forecast. While these are few, the errors of all horizons count, each grown to this one. No
-- error is used before its month was over.
-- DECISIONS.md#range-of-a-forecast
{%- set settings = forecast_settings() %}
with forecasts as (
    select * from {{ ref('int_forecast__reconciled') }}
),

segments as (
    select distinct
        segment_number,
        segment_type,
        segment_value
    from {{ ref('int_forecast__changes') }}
),

actuals as (
    select
        origin_index,
        segment_number,
        origin_mrr
    from forecasts
    where horizon_months = 1
),

errors as (
    select
        forecasts.origin_index,
        forecasts.segment_number,
        forecasts.horizon_months,
        forecasts.origin_index + forecasts.horizon_months as target_index,
        {{ double('forecasts.expected_mrr') }} as expected_mrr,
        {{ double('actuals.origin_mrr - forecasts.expected_mrr') }}
        / {{ double('forecasts.expected_mrr') }} as error
    from forecasts
    inner join actuals
        on
            forecasts.origin_index + forecasts.horizon_months = actuals.origin_index
            and forecasts.segment_number = actuals.segment_number
    where forecasts.expected_mrr > 0
),

own_errors as (
    select
        forecasts.origin_index,
        forecasts.segment_number,
        forecasts.horizon_months,
        {{ double('forecasts.expected_mrr') }} as expected_mrr,
        count(errors.error) as errors
    from forecasts
    left join errors
        on
            forecasts.segment_number = errors.segment_number
            and forecasts.horizon_months = errors.horizon_months
            and forecasts.origin_index >= errors.target_index
            and forecasts.origin_index < errors.target_index + {{ settings.error_months }}
    where forecasts.expected_mrr > 0
    group by
        forecasts.origin_index,
        forecasts.segment_number,
        forecasts.horizon_months,
        forecasts.expected_mrr
),

-- Errors on both sides are those of single customers, errors on one side those of a trend.
compared as (
    select
        own_errors.origin_index,
        own_errors.segment_number,
        own_errors.horizon_months,
        own_errors.expected_mrr,
        errors.origin_index as error_origin_index,
        errors.horizon_months as error_horizon_months,
        errors.expected_mrr as error_expected_mrr,
        errors.error,
        coalesce(
            {{ ratio('avg(errors.error) over forecast', 'avg(abs(errors.error)) over forecast') }},
            0
        ) as direction
    from own_errors
    inner join errors
        on
            own_errors.segment_number = errors.segment_number
            and own_errors.origin_index >= errors.target_index
            and own_errors.origin_index < errors.target_index + {{ settings.error_months }}
            and (
                own_errors.horizon_months = errors.horizon_months
                or own_errors.errors < {{ settings.least_errors }}
            )
    window forecast as (
        partition by
            own_errors.origin_index, own_errors.segment_number, own_errors.horizon_months
    )
),

scores as (
    select
        origin_index,
        segment_number,
        horizon_months,
        error_origin_index,
        error_horizon_months,
        abs(error)
        * error_expected_mrr
        * power(
            least(expected_mrr / error_expected_mrr, {{ settings.most_growth_of_errors }}),
            {{ between_noise_and_trend(settings.size_of_errors, 'direction') }}
        )
        * power(
            {{ double('horizon_months') }} / error_horizon_months,
            {{ between_noise_and_trend(settings.growth_of_errors, 'direction') }}
        ) as score
    from compared
),

ranked as (
    select
        *,
        row_number() over (
            partition by origin_index, segment_number, horizon_months
            order by score, error_origin_index, error_horizon_months
        ) as score_rank,
        count(*) over (partition by origin_index, segment_number, horizon_months)
            as scores
    from scores
),

-- Between the two ranks around 80 % of one more than there are, by the distance from each.
bounds as (
    select
        origin_index,
        segment_number,
        horizon_months,
        sum(
            score
            * greatest(1 - abs(score_rank - {{ double(settings.coverage) }} * (scores + 1)), 0)
        ) as bound
    from ranked
    where scores >= {{ settings.least_errors }}
    group by
        origin_index,
        segment_number,
        horizon_months
),

ranges as (
    select
        forecasts.*,
        {{ double_as_money('bounds.bound') }} as half_range
    from forecasts
    left join bounds
        on
            forecasts.origin_index = bounds.origin_index
            and forecasts.segment_number = bounds.segment_number
            and forecasts.horizon_months = bounds.horizon_months
)

select
    ranges.origin_index,
    segments.segment_type,
    segments.segment_value,
    ranges.horizon_months,
    ranges.origin_mrr,
    ranges.origin_customers,
    ranges.is_recorded_then,
    coalesce(ranges.reason, case when ranges.half_range is null then 'few_errors' end) as reason,
    ranges.kept_mrr,
    ranges.expansion_mrr,
    ranges.new_mrr,
    ranges.known_mrr,
    ranges.adjustment_mrr,
    ranges.expected_mrr,
    case
        when ranges.half_range is not null
            then cast(greatest(ranges.expected_mrr - ranges.half_range, 0) as {{ type_money() }})
    end as low_80,
    cast(ranges.expected_mrr + ranges.half_range as {{ type_money() }}) as high_80,
    ranges.three_month_rule_mrr
from ranges
inner join segments on ranges.segment_number = segments.segment_number
