{{ config(materialized='table') }}

-- Grain: one row per origin month, segment and horizon: the forecast with the range that holds 80 %
-- of the errors which the method had made by then at the same horizon. While these are few, the
-- errors of all horizons count, each grown to this one. No error is used before its month was over.
-- DECISIONS.md#range-of-a-forecast
{%- set settings = forecast_settings() %}
with projections as (
    select * from {{ ref('int_forecast__projections') }}
),

actuals as (
    select
        origin_index,
        segment_type,
        segment_value,
        origin_mrr
    from projections
    where horizon_months = 1
),

errors as (
    select
        projections.origin_index,
        projections.segment_type,
        projections.segment_value,
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
            and projections.segment_type = actuals.segment_type
            and projections.segment_value = actuals.segment_value
    where projections.expected_mrr > 0
),

own_errors as (
    select
        projections.origin_index,
        projections.segment_type,
        projections.segment_value,
        projections.horizon_months,
        count(errors.error) as errors
    from projections
    left join errors
        on
            projections.segment_type = errors.segment_type
            and projections.segment_value = errors.segment_value
            and projections.horizon_months = errors.horizon_months
            and projections.origin_index >= errors.target_index
            and projections.origin_index < errors.target_index + {{ settings.error_months }}
    where projections.expected_mrr > 0
    group by
        projections.origin_index,
        projections.segment_type,
        projections.segment_value,
        projections.horizon_months
),

scores as (
    select
        own_errors.origin_index,
        own_errors.segment_type,
        own_errors.segment_value,
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
            own_errors.segment_type = errors.segment_type
            and own_errors.segment_value = errors.segment_value
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
            partition by origin_index, segment_type, segment_value, horizon_months
            order by score, error_origin_index, error_horizon_months
        ) as score_rank,
        count(*) over (partition by origin_index, segment_type, segment_value, horizon_months)
            as scores
    from scores
),

-- Between the two ranks around 80 % of one more than there are, by the distance from each.
bounds as (
    select
        origin_index,
        segment_type,
        segment_value,
        horizon_months,
        sum(
            score
            * greatest(1 - abs(score_rank - {{ double(settings.coverage) }} * (scores + 1)), 0)
        ) as bound
    from ranked
    where scores >= {{ settings.least_errors }}
    group by
        origin_index,
        segment_type,
        segment_value,
        horizon_months
),

ranges as (
    select
        projections.*,
        bounds.bound
        * power(
            cast(projections.expected_mrr as {{ type_double() }}), {{ settings.size_of_errors }}
        ) as half_range
    from projections
    left join bounds
        on
            projections.origin_index = bounds.origin_index
            and projections.segment_type = bounds.segment_type
            and projections.segment_value = bounds.segment_value
            and projections.horizon_months = bounds.horizon_months
)

select
    origin_index,
    segment_type,
    segment_value,
    horizon_months,
    origin_mrr,
    origin_customers,
    is_recorded_then,
    coalesce(reason, case when half_range is null then 'few_errors' end) as reason,
    kept_mrr,
    expansion_mrr,
    new_mrr,
    known_mrr,
    expected_mrr,
    case
        when half_range is not null
            then cast(
                greatest(expected_mrr - cast(half_range as {{ type_money() }}), 0)
                as {{ type_money() }}
            )
    end as low_80,
    cast(expected_mrr + cast(half_range as {{ type_money() }}) as {{ type_money() }}) as high_80,
    three_month_rule_mrr
from ranges
