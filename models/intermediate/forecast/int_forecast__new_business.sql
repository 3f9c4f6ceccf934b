-- Grain: one row per origin month, segment and horizon: the MRR that customers who come in that
-- month are expected to have at its end. The mean of the last twelve months goes on with its trend,
-- which is trusted as far as it stands out of the noise and fades; seasons count where two years in
-- turn show the same ones. DECISIONS.md#new-business-of-a-forecast
{%- set settings = forecast_settings() %}
{%- set damping = settings.trend_damping %}
{%- set fading = (1 - damping) | round(6) %}
with cells as (
    select * from {{ ref('int_forecast__cells') }}
),

-- The first month of the company brings all the customers that it had before.
spans as (
    select
        origin_index,
        least({{ settings.arrival_months }}, origin_index - min(cohort_index)) as months
    from cells
    where segment_type = 'all'
    group by origin_index
),

segments as (
    select distinct
        origin_index,
        segment_type,
        segment_value
    from cells
),

spine as (
    select
        segments.*,
        spans.months,
        {{ expand_integers('1', 'spans.months') }} as position
    from segments
    inner join spans on segments.origin_index = spans.origin_index
),

arrivals as (
    select
        spine.origin_index,
        spine.segment_type,
        spine.segment_value,
        spine.months,
        spine.position,
        coalesce(cells.arrived_mrr, 0) as arrived_mrr
    from spine
    left join cells
        on
            spine.origin_index = cells.origin_index
            and spine.segment_type = cells.segment_type
            and spine.segment_value = cells.segment_value
            and spine.origin_index - spine.months + spine.position = cells.cohort_index
            and cells.origin_index = cells.month_index
),

-- Of two whole years, what each month of the second is above that of the first.
pairs as (
    select
        later.*,
        later.months = {{ settings.arrival_months }} as is_two_years,
        case when later.months = {{ settings.arrival_months }} then earlier.arrived_mrr end
            as year_before_mrr
    from arrivals as later
    left join arrivals as earlier
        on
            later.origin_index = earlier.origin_index
            and later.segment_type = earlier.segment_type
            and later.segment_value = earlier.segment_value
            and later.position - 12 = earlier.position
),

sums as (
    select
        origin_index,
        segment_type,
        segment_value,
        months,
        is_two_years,
        least(months, 12) as level_months,
        avg(case when position > months - 12 then arrived_mrr end) as level_mrr,
        avg(year_before_mrr) as year_before_mrr,
        avg(arrived_mrr) as mean_mrr,
        sum(position * arrived_mrr) - avg(arrived_mrr) * sum(position) as position_products,
        sum(position * position) - {{ ratio('sum(position) * sum(position)', 'count(*)') }}
            as position_squares,
        sum(arrived_mrr * arrived_mrr) - avg(arrived_mrr) * sum(arrived_mrr) as mrr_squares,
        avg(arrived_mrr - year_before_mrr) as yearly_change,
        sum((arrived_mrr - year_before_mrr) * (arrived_mrr - year_before_mrr)) as yearly_squares
    from pairs
    group by
        origin_index,
        segment_type,
        segment_value,
        months,
        is_two_years
),

slopes as (
    select
        *,
        case
            when is_two_years then yearly_change / 12
            else {{ ratio('position_products', 'position_squares') }}
        end as slope,
        -- The squared standard error of the slope.
        case
            when is_two_years
                then
                    greatest(yearly_squares - 12 * yearly_change * yearly_change, 0)
                    / 11 / 12 / 144
            when months > 2
                then
                    greatest(
                        mrr_squares
                        - position_products * {{ ratio('position_products', 'position_squares') }},
                        0
                    )
                    / (months - 2) / position_squares
        end as slope_variance
    from sums
),

trends as (
    select
        *,
        coalesce(
            slope * {{ ratio('slope * slope', '(slope * slope + slope_variance)') }}, 0
        ) as trend
    from slopes
),

-- How much a month lies above or below its year, the trend aside, as a share of the year's mean.
seasons as (
    select
        pairs.origin_index,
        pairs.segment_type,
        pairs.segment_value,
        pairs.position - 12 as horizon_months,
        {{ ratio(
            '(pairs.arrived_mrr - trends.trend * (pairs.position - 18.5))', 'trends.level_mrr'
        ) }} - 1 as season,
        {{ ratio(
            '(pairs.year_before_mrr - trends.trend * (pairs.position - 18.5))',
            'trends.year_before_mrr'
        ) }} - 1 as season_before
    from pairs
    inner join trends
        on
            pairs.origin_index = trends.origin_index
            and pairs.segment_type = trends.segment_type
            and pairs.segment_value = trends.segment_value
    where
        pairs.is_two_years
        and pairs.position > 12
),

weights as (
    select
        origin_index,
        segment_type,
        segment_value,
        greatest(
            {{ ratio(
                'sum(season * season_before)',
                'sqrt(sum(season * season) * sum(season_before * season_before))'
            ) }}
            - {{ settings.season_noise }},
            0
        )
        / (1 - {{ settings.season_noise }}) as weight
    from seasons
    group by
        origin_index,
        segment_type,
        segment_value
),

horizons as (
    select {{ expand_integers('1', settings.horizons) }} as horizon_months
)

select
    trends.origin_index,
    trends.segment_type,
    trends.segment_value,
    cast(horizons.horizon_months as integer) as horizon_months,
    greatest(
        (
            coalesce(trends.level_mrr, 0)
            + trends.trend
            * (
                (trends.level_months - 1) / {{ double(2) }}
                + {{ damping }} * (1 - power({{ double(damping) }}, horizons.horizon_months))
                / {{ double(fading) }}
            )
        )
        * (
            1 + coalesce(weights.weight * (seasons.season + seasons.season_before) / 2, 0)
        ),
        0
    ) as arriving_mrr
from trends
cross join horizons
left join seasons
    on
        trends.origin_index = seasons.origin_index
        and trends.segment_type = seasons.segment_type
        and trends.segment_value = seasons.segment_value
        and horizons.horizon_months = seasons.horizon_months
left join weights
    on
        trends.origin_index = weights.origin_index
        and trends.segment_type = weights.segment_type
        and trends.segment_value = weights.segment_value
