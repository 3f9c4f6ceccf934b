{{ config(materialized='table') }}

-- Grain: one row per origin month, segment and horizon: the forecast with the range that holds 80 %
-- of the errors which the method had made by then at the same horizon. While these are few, the
-- errors of all horizons count, each grown to this one. No error is used before its month was over.
-- DECISIONS.md#range-of-a-forecast
{%- set settings = forecast_settings() %}
with projections as (
    select * from {{ ref('int_forecast__projections') }}
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
    from projections
    where horizon_months = 1
),

errors as (
    select
        projections.origin_index,
        projections.segment_number,
        projections.horizon_months,
        projections.origin_index + projections.horizon_months as target_index,
        abs(cast(actuals.origin_mrr - projections.expected_mrr as {{ type_double() }}))
        / power(
            cast(projections.expected_mrr as {{ type_double() }}), {{ settings.size_of_errors }}
        ) as error
    from projections
    inner join actuals
        on
            projections.origin_index + projections.horizon_months = actuals.origin_index
            and projections.segment_number = actuals.segment_number
    where projections.expected_mrr > 0
),

own_errors as (
    select
        projections.origin_index,
        projections.segment_number,
        projections.horizon_months,
        count(errors.error) as errors
    from projections
    left join errors
        on
            projections.segment_number = errors.segment_number
            and projections.horizon_months = errors.horizon_months
            and projections.origin_index >= errors.target_index
            and projections.origin_index < errors.target_index + {{ settings.error_months }}
    where projections.expected_mrr > 0
    group by
        projections.origin_index,
        projections.segment_number,
        projections.horizon_months
),

scores as (
    select
        own_errors.origin_index,
        own_errors.segment_number,
        own_errors.horizon_months,
        errors.error * power(
            cast(own_errors.horizon_months as {{ type_double() }}) / errors.horizon_months,
            {{ settings.growth_of_errors }}
        ) as score,
        errors.origin_index as error_origin_index,
        errors.horizon_months as error_horizon_months
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
        projections.*,
        {{ double_as_money(
            'bounds.bound * power(cast(projections.expected_mrr as ' ~ type_double() ~ '), '
            ~ settings.size_of_errors ~ ')'
        ) }} as half_range
    from projections
    left join bounds
        on
            projections.origin_index = bounds.origin_index
            and projections.segment_number = bounds.segment_number
            and projections.horizon_months = bounds.horizon_months
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
    ranges.expected_mrr,
    case
        when ranges.half_range is not null
            then cast(greatest(ranges.expected_mrr - ranges.half_range, 0) as {{ type_money() }})
    end as low_80,
    cast(ranges.expected_mrr + ranges.half_range as {{ type_money() }}) as high_80,
    ranges.three_month_rule_mrr
from ranges
inner join segments on ranges.segment_number = segments.segment_number
